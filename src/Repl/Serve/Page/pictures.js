// What a model does now: the boundary between classes, a function, images.
import { short, ticks } from './curves.js';
import { bytes, ground, ink, mix, rgb, series } from './colours.js';

/** A canvas of the size of its box, in the pixels of the screen; drawing is in the units of the page. */
function prepare(canvas) {
  const scale = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const g = canvas.getContext('2d');
  g.scale(scale, scale);
  g.font = '11px system-ui, sans-serif';
  return { g, width, height };
}

function element(kind, properties = {}, ...children) {
  const e = Object.assign(document.createElement(kind), properties);
  e.append(...children);
  return e;
}

/** The picture of a training; which kind it is, the scene says. */
export class Picture {
  constructor(home, title, note) {
    Object.assign(this, { home, title, note, now: null });
  }

  scene(scene) {
    this.now = null;
    this.what = scene;
    this.note.textContent = scene?.note ?? '';
    this.home.replaceChildren();
    if (!scene) return;
    this.title.textContent = { boundary: 'What the model says everywhere', function: 'What the model says everywhere', scatter: 'What the model predicts', confusion: 'What the model takes for what', images: 'What the model sees', regions: 'What the model sees', sheet: 'What the model makes', text: 'What the model writes' }[scene.kind];
    if (['boundary', 'function', 'scatter'].includes(scene.kind)) {
      this.canvas = element('canvas', { className: scene.kind === 'function' ? 'function' : 'boundary', id: scene.kind });
      this.canvas.setAttribute('role', 'img');
      this.home.append(this.canvas);
      if (scene.classes?.length) this.home.append(element('div', { className: 'legend' }, ...scene.classes.map((name, i) => {
        const dot = element('i');
        dot.style.background = series(i);
        return element('span', { className: 'key' }, dot, `class ${name}`);
      }), ...scene.validation.length ? [element('span', { className: 'soft' }, 'rings: validation')] : []));
    } else if (scene.kind === 'sheet') {
      this.image = element('img', { className: 'sheet', alt: scene.note });
      this.home.append(this.image);
    } else if (scene.kind === 'text') {
      this.written = element('pre', { className: 'written' });
      this.home.append(this.written);
    } else if (scene.kind === 'confusion') {
      this.table = element('table', { className: 'matrix' });
      this.home.append(element('div', { className: 'scroll' }, this.table));
    } else {
      this.tiles = element('div', { className: scene.kind === 'regions' ? 'tiles regions' : 'tiles' });
      this.home.append(this.tiles);
    }
  }

  draw(picture) {
    this.now = picture;
    this.redraw();
  }

  redraw() {
    if (!this.what || !this.now) return;
    this[this.what.kind]();
  }

  sheet() { this.image.src = this.now.src; }

  images() {
    this.note.textContent = this.now.note;
    while (this.tiles.children.length > this.now.tiles.length) this.tiles.lastChild.remove();
    this.now.tiles.forEach((t, i) => {
      const figure = this.tiles.children[i] ?? this.tiles.appendChild(element('figure', {}, element('img'), element('figcaption')));
      if (figure.firstChild.src !== t.src) figure.firstChild.src = t.src;
      const text = t.right ? t.is : `${t.is}, not ${t.said}`;
      figure.className = t.right ? '' : 'wrong';
      figure.lastChild.textContent = text;
      figure.firstChild.alt = t.right ? `${t.is}, seen as such` : `${t.is}, taken for ${t.said}`;
    });
  }

  text() { this.written.textContent = this.now.text; }

  regions() {
    const all = this.now.rows.flat();
    while (this.tiles.children.length < all.length) this.tiles.append(element('figure', {}, element('img')));
    all.forEach((src, i) => {
      const image = this.tiles.children[i].firstChild;
      if (image.src !== src) image.src = src;
      image.alt = ['image', 'what it is', 'what the model says'][i % 3];
    });
  }

  confusion() {
    this.note.textContent = this.now.note;
    const names = this.what.classes, cell = (kind, text) => element(kind, { textContent: text });
    this.table.replaceChildren(
      element('tr', {}, cell('th', 'is \\ taken for'), ...names.map(n => cell('th', n))),
      ...this.now.cells.map((row, r) => {
        const sum = Math.max(1, row.reduce((a, b) => a + b, 0));
        return element('tr', {}, cell('th', names[r]), ...row.map((count, c) => {
          const d = cell('td', count), share = Math.sqrt(count / sum);
          d.style.background = count ? `rgb(${mix(ground(), rgb(r === c ? 0 : 1), 0.75 * share).join(' ')})` : '';
          return d;
        }));
      }));
  }

  scatter() {
    const { actual } = this.what, { predicted } = this.now, { g, width, height } = prepare(this.canvas);
    if (!width) return;
    const low = Math.min(...actual), high = Math.max(...actual), margin = 0.08 * (high - low) || 1, from = low - margin, to = high + margin;
    const left = 40, bottom = 22, w = width - left - 6, h = height - bottom - 6, X = v => left + (v - from) / (to - from) * w, Y = v => 6 + (1 - (v - from) / (to - from)) * h;
    const style = ink();
    g.strokeStyle = style.line;
    g.strokeRect(left, 6, w, h);
    g.strokeStyle = style.soft;
    g.beginPath();
    g.moveTo(X(from), Y(from));
    g.lineTo(X(to), Y(to));
    g.stroke();
    g.fillStyle = series(0);
    predicted.forEach((v, i) => {
      if (v == null) return;
      g.beginPath();
      // What is far outside lies at the edge.
      g.arc(X(actual[i]), Y(Math.max(from, Math.min(to, v))), 3, 0, 7);
      g.fill();
    });
    g.fillStyle = style.soft;
    g.textAlign = 'center';
    for (const v of ticks(from, to, 5)) g.fillText(short(v), X(v), height - 8);
    g.textAlign = 'right';
    for (const v of ticks(from, to, 5)) g.fillText(short(v), left - 4, Y(v) + 4);
    this.canvas.setAttribute('aria-label', 'predictions over what they should be');
  }

  boundary() {
    const s = this.what, p = this.now, { g, width, height } = prepare(this.canvas);
    if (!width) return;
    const cells = bytes(p.cells), image = new ImageData(p.side, p.side), paper = ground(), colours = [...Array(8).keys()].map(rgb);
    const numeric = !s.classes.length;
    for (let i = 0; i < p.side * p.side; i++) {
      // Rows come from the lowest y; images begin at the top.
      const at = ((p.side - 1 - Math.floor(i / p.side)) * p.side + i % p.side) * 4, strength = cells[2 * i + 1] / 255;
      const colour = numeric ? mix(colours[0], colours[1], strength) : mix(paper, colours[cells[2 * i] % 8], 0.12 + 0.5 * strength);
      image.data.set([...colour, 255], at);
    }
    const small = new OffscreenCanvas(p.side, p.side);
    small.getContext('2d').putImageData(image, 0, 0);
    const left = 34, bottom = 22, w = width - left - 4, h = height - bottom - 4;
    g.imageSmoothingEnabled = true;
    g.drawImage(small, left, 4, w, h);
    const style = ink(), X = x => left + (x - s.x[0]) / (s.x[1] - s.x[0]) * w, Y = y => 4 + (1 - (y - s.y[0]) / (s.y[1] - s.y[0])) * h;
    g.save();
    g.beginPath();
    g.rect(left, 4, w, h);
    g.clip();
    const colour = c => numeric ? `rgb(${mix(colours[0], colours[1], (c - s.values[0]) / (s.values[1] - s.values[0] || 1)).join(' ')})` : series(c);
    for (const [x, y, c] of s.training) {
      // A sample without a label is a small dot in no colour of a class.
      const none = !numeric && c < 0;
      g.beginPath();
      g.arc(X(x), Y(y), none ? 1.4 : 3.2, 0, 7);
      g.fillStyle = none ? style.soft : colour(c);
      g.fill();
      g.lineWidth = 0.8;
      g.strokeStyle = style.card;
      g.stroke();
    }
    for (const [x, y, c] of s.validation) {
      g.beginPath();
      g.arc(X(x), Y(y), 3, 0, 7);
      g.lineWidth = 1.6;
      g.strokeStyle = colour(c);
      g.stroke();
    }
    g.restore();
    g.fillStyle = style.soft;
    g.textAlign = 'center';
    for (const v of ticks(...s.x, 5)) if (X(v) < width - 34) g.fillText(short(v), X(v), height - 8);
    g.textAlign = 'right';
    g.textBaseline = 'middle';
    for (const v of ticks(...s.y, 5)) if (Y(v) > 18) g.fillText(short(v), left - 4, Y(v));
    g.textBaseline = 'alphabetic';
    g.fillText(s.axes[0], width - 6, height - 8);
    g.textAlign = 'left';
    g.fillText(s.axes[1], 0, 12);
    this.canvas.setAttribute('aria-label', numeric ? 'the value that the model gives everywhere' : `which of ${s.classes.length} classes the model says everywhere, with the data`);
  }

  function() {
    const s = this.what, p = this.now, { g, width, height } = prepare(this.canvas);
    if (!width) return;
    const left = 40, bottom = 22, w = width - left - 6, h = height - bottom - 6;
    const ys = [...s.points.map(q => q[1]), ...p.y.filter(v => v != null)], low = Math.min(...ys), high = Math.max(...ys), margin = 0.06 * (high - low) || 1;
    const [x0, x1] = [s.x[0], s.x.at(-1)], X = x => left + (x - x0) / (x1 - x0) * w, Y = y => 6 + (1 - (y - low + margin) / (high - low + 2 * margin)) * h;
    const style = ink();
    g.fillStyle = series(6);
    for (const [x, y] of s.points) {
      g.beginPath();
      g.arc(X(x), Y(y), 2.5, 0, 7);
      g.fill();
    }
    g.strokeStyle = series(1);
    g.lineWidth = 2.5;
    g.beginPath();
    s.x.forEach((x, i) => i ? g.lineTo(X(x), Y(p.y[i] ?? 0)) : g.moveTo(X(x), Y(p.y[i] ?? 0)));
    g.stroke();
    g.fillStyle = style.soft;
    g.textAlign = 'center';
    for (const v of ticks(x0, x1, 6)) g.fillText(short(v), X(v), height - 8);
    g.textAlign = 'right';
    for (const v of ticks(low, high, 5)) g.fillText(short(v), left - 4, Y(v) + 4);
    this.canvas.setAttribute('aria-label', 'the function that the model is, over the data');
  }
}
