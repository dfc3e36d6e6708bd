// The colours of the page: those of the style sheet, and a row of colours for classes and curves that is legible on light and dark.
const light = [[31, 119, 180], [230, 119, 0], [0, 146, 104], [200, 82, 142], [70, 165, 220], [166, 134, 0], [120, 120, 120], [116, 92, 188]];
const dark = [[90, 169, 230], [255, 157, 61], [55, 190, 145], [232, 125, 178], [130, 200, 245], [214, 184, 60], [165, 165, 165], [165, 145, 235]];

/** Whether the reader chose dark. */
export const isDark = () => matchMedia('(prefers-color-scheme: dark)').matches;

/** The colour of a curve or class as numbers. */
export const rgb = i => (isDark() ? dark : light)[i % light.length];

/** The same as text. */
export const series = i => `rgb(${rgb(i).join(' ')})`;

/** What drawings are drawn on, as numbers. */
export const ground = () => isDark() ? [28, 30, 34] : [255, 255, 255];

/** Colours of text and lines. */
export function ink() {
  const s = getComputedStyle(document.documentElement);
  return Object.fromEntries(['ink', 'soft', 'line', 'card', 'negative', 'positive'].map(n => [n, s.getPropertyValue(`--${n}`).trim()]));
}

/** A share of the way from one colour to another. */
export const mix = (a, b, t) => a.map((v, i) => Math.round(v + (b[i] - v) * t));

/** From −1 (blue) over the ground to 1 (orange). */
export const diverging = v => mix(ground(), rgb(v < 0 ? 0 : 1), Math.min(1, Math.abs(v)));

/** The bytes of base64. */
export const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
