// Choices that become a script: data, layers, activation, optimizer.
import { rgb } from './colours.js';

const pause = 300;

function element(kind, properties = {}, ...children) {
  const e = Object.assign(document.createElement(kind), properties);
  e.append(...children);
  return e;
}

/** The shape of some data, drawn small: an idea of them, not the data themselves. */
const sketches = {
  spirals: k => [0, 1].flatMap(c => [...Array(k).keys()].map(i => {
    const t = Math.sqrt((i + 1) / k), a = t * 3 * Math.PI + Math.PI * c;
    return [t * Math.cos(a), t * Math.sin(a), c];
  })),
  circles: k => [0, 1].flatMap(c => [...Array(k).keys()].map(i => [(c + 1) / 2 * Math.cos(i / k * 6.28), (c + 1) / 2 * Math.sin(i / k * 6.28), c])),
  moons: k => [0, 1].flatMap(c => [...Array(k).keys()].map(i => {
    const a = i / k * Math.PI;
    return c ? [(0.5 - Math.cos(a)) / 1.7, (0.25 - Math.sin(a)) / 1.7, 1] : [(Math.cos(a) - 0.5) / 1.7, (Math.sin(a) - 0.25) / 1.7, 0];
  })),
  blobs: k => [0, 1, 2].flatMap(c => [...Array(k).keys()].map(i => [0.6 * Math.cos(c * 2.09) + 0.25 * Math.sin(i * 12.9), 0.6 * Math.sin(c * 2.09) + 0.25 * Math.cos(i * 7.3), c])),
  xor: k => [...Array(2 * k).keys()].map(i => {
    const [a, b] = [i & 1, i >> 1 & 1];
    return [(a - 0.5) * 1.1 + 0.25 * Math.sin(i * 12.9), (b - 0.5) * 1.1 + 0.25 * Math.cos(i * 7.3), a ^ b];
  }),
  linear: k => [...Array(2 * k).keys()].map(i => {
    const [x, y] = [Math.sin(i * 12.9), Math.cos(i * 7.3)];
    return [x * 0.9, y * 0.9, 0.6 * x + 0.4 * y > 0 ? 1 : 0];
  }),
};

/** The form of the playground. */
export class Playground {
  constructor(home, send, complain, tell) {
    Object.assign(this, { home, send, complain, tell });
  }

  take(training) {
    this.home.hidden = !training.playground;
    if (!training.playground || this.form) return;
    this.limits = training.choices;
    this.now = structuredClone(training.choices.first);
    const t = this.limits;
    this.data = element('span', { className: 'data', role: 'group', ariaLabel: 'data' }, ...t.data.map(name => {
      const button = element('button', { type: 'button', title: name, onclick: () => this.set({ data: name, noise: { spirals: 0.03, circles: 0.05, moons: 0.1, blobs: 0.5, xor: 0.15, linear: 0.02 }[name], classes: name === 'blobs' ? 3 : 2 }) }, element('canvas', { width: 88, height: 88 }));
      button.setAttribute('aria-label', name);
      button.dataset.data = name;
      return button;
    }));
    this.units = element('span', { className: 'units' });
    const field = (name, text, properties) => element('label', {}, text, element('input', { name, type: 'number', onchange: e => e.target.checkValidity() ? this.set({ [name]: +e.target.value }) : e.target.reportValidity(), ...properties }));
    const list = (name, text, all) => element('label', {}, text, element('select', { name, onchange: e => this.set({ [name]: e.target.value }) }, ...all.map(o => new Option(o, o))));
    this.form = element('form', { onsubmit: e => e.preventDefault() },
      element('h2', {}, 'Playground'), this.data, this.units,
      list('activation', 'activation', t.activations), list('optimizer', 'optimizer', t.optimizers), field('batch', 'batch', { min: 1, max: t.maxSamples, step: 1 }), field('samples', 'samples', { min: 10, max: t.maxSamples, step: 1 }),
      field('noise', 'noise', { min: 0, max: 2, step: 'any' }), field('classes', 'classes', { min: 2, max: 6, step: 1 }), field('seed', 'seed', { min: 0, max: 4294967295, step: 1 }));
    this.home.replaceChildren(this.form);
    this.show();
  }

  /** The learning rate now: the next script begins with it. */
  rate(rate) {
    if (this.now && rate > 0) this.now.rate = rate;
  }

  // Several changes in a row are one script.
  set(change) {
    Object.assign(this.now, change);
    this.show();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send('/play', this.now).then(a => { this.complain(''); this.tell(a.mistakes); }, e => this.complain(e.message)), pause);
  }

  show() {
    for (const input of this.form.elements) if (input.name && document.activeElement !== input) input.value = this.now[input.name];
    this.form.elements.classes.closest('label').hidden = !this.limits.manyClasses.includes(this.now.data);
    for (const b of this.data.children) b.setAttribute('aria-pressed', b.dataset.data === this.now.data);
    const layers = this.now.layers, change = (i, units) => this.set({ layers: units == null ? layers.filter((_, k) => k !== i) : layers.map((u, k) => k === i ? units : u) });
    const button = (text, label, act, disabled = false) => {
      const b = element('button', { type: 'button', onclick: act, disabled }, text);
      b.setAttribute('aria-label', label);
      b.title = label;
      return b;
    };
    this.units.replaceChildren(element('span', { className: 'soft' }, 'hidden layers'),
      ...layers.map((units, i) => {
        const input = element('input', { type: 'number', min: 1, max: this.limits.maxUnits, step: 1, value: units, onchange: e => e.target.checkValidity() ? change(i, +e.target.value) : e.target.reportValidity() });
        input.setAttribute('aria-label', `units of layer ${i + 1}`);
        return input;
      }),
      button('−', 'one layer fewer', () => change(layers.length - 1, null), !layers.length),
      button('+', 'one layer more', () => this.set({ layers: [...layers, layers.at(-1) ?? 8] }), layers.length >= this.limits.maxLayers));
    this.redraw();
  }

  redraw() {
    if (!this.form) return;
    for (const b of this.data.children) {
      const g = b.firstChild.getContext('2d');
      g.clearRect(0, 0, 88, 88);
      for (const [x, y, c] of sketches[b.dataset.data](24)) {
        g.fillStyle = `rgb(${rgb(c).join(' ')})`;
        g.beginPath();
        g.arc(44 + 38 * x, 44 - 38 * y, 3.5, 0, 7);
        g.fill();
      }
    }
  }
}
