// Curves over epochs on canvases: axes, legends, the values under the pointer.
import { ink, series } from './colours.js';

const left = 52, right = 10, top = 8, bottom = 24;

/** Round numbers that divide a range into some four parts. */
export function ticks(low, high, wanted = 4) {
  const raw = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(f => f * power).find(s => s >= raw) ?? raw;
  const all = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + step * 1e-9; v += step) all.push(Math.abs(v) < step * 1e-9 ? 0 : v);
  return all;
}

/** Powers of ten in a range; where there are few, twos and fives, too. */
function logTicks(low, high) {
  const all = [], decades = Math.log10(high / low);
  for (let p = Math.floor(Math.log10(low)); p <= Math.ceil(Math.log10(high)); p++)
    for (const f of decades > 2.5 ? [1] : [1, 2, 5]) if (f * 10 ** p >= low * 0.999 && f * 10 ** p <= high * 1.001) all.push(f * 10 ** p);
  return all.filter((_, i) => all.length <= 8 || i % Math.ceil(all.length / 8) === 0);
}

export const short = v => {
  const size = Math.abs(v), few = (w, unit) => `${+w.toPrecision(3)}${unit}`;
  return size === 0 ? '0' : size >= 1e9 || size < 1e-3 ? v.toExponential(0) : size >= 1e6 ? few(v / 1e6, 'M') : size >= 1e4 ? few(v / 1e3, 'k') : few(v, '');
};

class Chart {
  constructor(home, name, number) {
    Object.assign(this, { name, number, lines: [], at: null, log: null });
    this.root = document.createElement('div');
    this.root.className = 'chart';
    this.root.innerHTML = '<div class="head"><b></b><span class="keys"></span><label class="log"><input type="checkbox"> log</label></div><canvas tabindex="0" role="img"></canvas>';
    this.root.querySelector('b').textContent = name;
    this.keys = this.root.querySelector('.keys');
    this.keys.classList.add('head');
    this.canvas = this.root.querySelector('canvas');
    this.canvas.dataset.name = name;
    this.box = this.root.querySelector('input');
    this.box.parentElement.hidden = name !== 'loss' && name !== 'learning rate';
    this.box.onchange = () => { this.log = this.box.checked; this.draw(); };
    this.canvas.onpointermove = e => { this.at = this.place?.(e.offsetX); this.draw(); };
    this.canvas.onpointerleave = this.canvas.onblur = () => { this.at = null; this.draw(); };
    this.canvas.onkeydown = e => {
      const move = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
      if (!move) return;
      e.preventDefault();
      const main = this.lines.find(l => !l.faint && l.x.length) ?? this.lines[0];
      if (!main?.x.length) return;
      const now = this.at == null ? (move > 0 ? -1 : main.x.length) : nearest(main.x, this.at);
      this.at = main.x[Math.max(0, Math.min(main.x.length - 1, now + move))];
      this.draw();
    };
    home.append(this.root);
  }

  draw() {
    const lines = this.lines.filter(l => l.x.length), c = this.canvas, scale = devicePixelRatio || 1;
    const width = c.clientWidth, height = c.clientHeight;
    if (!width || !lines.length) return;
    c.width = Math.round(width * scale);
    c.height = Math.round(height * scale);
    const g = c.getContext('2d'), style = ink();
    g.scale(scale, scale);
    const ys = lines.flatMap(l => l.y), positive = ys.every(v => v > 0);
    let low = Math.min(...ys), high = Math.max(...ys);
    const log = positive && (this.log ?? (this.name.startsWith('loss') && high > 20 * low));
    this.box.checked = log;
    this.box.disabled = !positive;
    let x0 = Math.min(...lines.map(l => l.x[0])), x1 = Math.max(...lines.map(l => l.x.at(-1)));
    if (x1 - x0 < 1e-9) [x0, x1] = [x0 - 0.5, x1 + 0.5];
    if (log) [low, high] = [low / 1.15, high * 1.15];
    else {
      const margin = 0.06 * (high - low) || Math.max(1e-9, Math.abs(high) * 0.1);
      [low, high] = [low - margin, high + margin];
    }
    const X = v => left + (v - x0) / (x1 - x0) * (width - left - right);
    const Y = v => top + (1 - (log ? Math.log(v / low) / Math.log(high / low) : (v - low) / (high - low))) * (height - top - bottom);
    this.place = px => x0 + (px - left) / (width - left - right) * (x1 - x0);
    g.font = '11px system-ui, sans-serif';
    g.lineWidth = 1;
    g.textBaseline = 'middle';
    g.textAlign = 'right';
    for (const v of log ? logTicks(low, high) : ticks(low, high)) {
      g.strokeStyle = style.line;
      g.beginPath();
      g.moveTo(left, Math.round(Y(v)) + 0.5);
      g.lineTo(width - right, Math.round(Y(v)) + 0.5);
      g.stroke();
      g.fillStyle = style.soft;
      g.fillText(short(v), left - 6, Y(v));
    }
    g.textAlign = 'center';
    for (const v of ticks(x0, x1, Math.max(2, Math.min(8, width / 90)))) {
      const text = short(v);
      g.fillText(text, Math.min(X(v), width - g.measureText(text).width / 2), height - bottom + 12);
    }
    g.textAlign = 'right';
    g.fillText('epoch', left - 6, height - bottom + 12);
    for (const l of lines) {
      g.strokeStyle = series(l.colour);
      g.globalAlpha = l.faint ? 0.35 : 1;
      g.lineWidth = l.faint ? 1 : 2;
      g.lineJoin = 'round';
      g.setLineDash(l.dashed ? [5, 3] : []);
      g.beginPath();
      l.x.forEach((x, i) => i ? g.lineTo(X(x), Y(l.y[i])) : g.moveTo(X(x), Y(l.y[i])));
      if (l.x.length === 1) g.arc(X(l.x[0]), Y(l.y[0]), 2, 0, 7);
      g.stroke();
    }
    g.globalAlpha = 1;
    g.setLineDash([]);
    if (this.at != null) {
      const x = Math.max(x0, Math.min(x1, this.at));
      g.strokeStyle = style.soft;
      g.lineWidth = 1;
      g.beginPath();
      g.moveTo(X(x), top);
      g.lineTo(X(x), height - bottom);
      g.stroke();
      for (const l of lines) {
        const i = nearest(l.x, x);
        g.fillStyle = series(l.colour);
        g.beginPath();
        g.arc(X(l.x[i]), Y(l.y[i]), 3.5, 0, 7);
        g.fill();
      }
    }
    this.legend(lines);
  }

  legend(lines) {
    const values = lines.map(l => {
      const i = this.at == null ? l.x.length - 1 : nearest(l.x, this.at);
      return { l, x: l.x[i], text: `${l.title} ${this.number(l.y[i])}` };
    });
    if (this.keys.children.length !== values.length + (this.at == null ? 0 : 1)) this.keys.replaceChildren();
    values.forEach(({ l, text }, i) => {
      let key = this.keys.children[i];
      if (!key) {
        key = document.createElement('span');
        key.className = 'key';
        key.append(document.createElement('i'), document.createElement('span'));
        this.keys.append(key);
      }
      key.firstChild.style.background = series(l.colour);
      key.firstChild.style.opacity = l.faint ? 0.4 : 1;
      key.lastChild.textContent = text;
    });
    if (this.at != null) {
      let place = this.keys.children[values.length];
      if (!place) {
        place = document.createElement('span');
        place.className = 'soft';
        this.keys.append(place);
      }
      place.textContent = `epoch ${this.number(values.find(v => !v.l.faint)?.x ?? values[0].x)}`;
    }
    this.canvas.setAttribute('aria-label', `${this.name}: ${values.map(v => v.text).join(', ')}`);
  }
}

function nearest(xs, x) {
  let a = 0, b = xs.length - 1;
  while (b - a > 1) {
    const m = (a + b) >> 1;
    if (xs[m] < x) a = m;
    else b = m;
  }
  return Math.abs(xs[a] - x) <= Math.abs(xs[b] - x) ? a : b;
}

/** All curves of a training: a chart for the losses, one for each metric, one for a learning rate that changes. */
export class Charts {
  constructor(home, number) {
    Object.assign(this, { home, number });
    this.clear();
  }

  clear() {
    this.charts?.forEach(c => c.root.remove());
    this.charts = new Map();
    this.data = { epochs: { names: [], points: [], last: null }, steps: { names: [], points: [], last: null } };
  }

  get empty() { return !this.data.epochs.points.length && !this.data.steps.points.length; }

  add(c) {
    for (const kind of ['epochs', 'steps']) {
      const own = this.data[kind], now = c[kind];
      own.points = now.all ? now.points : own.points.concat(now.points);
      own.names = now.names;
      own.last = now.last;
    }
    this.redraw();
  }

  latestLoss() {
    const { steps, epochs } = this.data;
    const last = d => d.last ?? d.points.at(-1), s = last(steps), e = last(epochs);
    if (s && (!e || s.x > e.x)) return s.values[0];
    const at = epochs.names.findIndex(n => n.startsWith('loss'));
    return e && at >= 0 ? e.values[at] : null;
  }

  line(kind, name) {
    const d = this.data[kind], at = d.names.indexOf(name), x = [], y = [];
    for (const p of d.last ? [...d.points, d.last] : d.points) {
      const v = p.values[at];
      if (v == null) continue;
      x.push(p.x);
      y.push(v);
    }
    return { x, y };
  }

  redraw() {
    const names = this.data.epochs.names, groups = new Map();
    // A metric and its validation share a chart; so do the losses of several updates.
    for (const n of names) {
      const base = n.replace(/^val_/, ''), group = base.startsWith('loss') ? 'loss' : base;
      groups.set(group, [...groups.get(group) ?? [], n]);
    }
    if (this.data.steps.points.length > 1 && !groups.has('loss')) groups.set('loss', []);
    for (const [group, members] of [...groups].sort(([a], [b]) => (a === 'loss' ? 0 : a === 'lr' ? 2 : 1) - (b === 'loss' ? 0 : b === 'lr' ? 2 : 1))) {
      const bases = [...new Set(members.map(n => n.replace(/^val_/, '')))];
      const lines = members.map(n => {
        const validation = n.startsWith('val_');
        const colour = bases.length > 1 ? bases.indexOf(n.replace(/^val_/, '')) : validation ? 1 : 0;
        return { ...this.line('epochs', n), title: bases.length > 1 ? `${n.replace(/^(val_)?loss_/, '')}${validation ? ', validation' : ''}` : validation ? 'validation' : group === 'lr' ? '' : 'training', colour, dashed: validation && bases.length > 1 };
      });
      if (group === 'loss' && this.data.steps.points.length > 1) lines.unshift({ ...this.line('steps', 'loss'), title: 'steps', colour: 0, faint: true });
      if (group === 'lr' && new Set(lines[0].y).size < 2) continue;
      if (!lines.some(l => l.x.length)) continue;
      if (!this.charts.has(group)) this.charts.set(group, new Chart(this.home, group === 'lr' ? 'learning rate' : group, this.number));
      const chart = this.charts.get(group);
      chart.lines = lines;
      chart.draw();
    }
  }
}
