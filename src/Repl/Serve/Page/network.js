// A small network: what each neuron gives everywhere, and the weights between them.
import { bytes, diverging, ink, rgb } from './colours.js';

const cell = 34, gap = 8, head = 20, narrowest = 96, widest = 220;

/** Neurons in columns, weights as lines between them. */
export class Network {
  constructor(canvas) {
    this.canvas = canvas;
    this.what = this.now = null;
  }

  scene(scene) {
    this.what = scene?.layers?.length ? scene : null;
    this.now = null;
  }

  draw(picture) {
    this.now = picture;
    this.redraw();
  }

  redraw() {
    if (!this.what || !this.now) return;
    const layers = this.what.layers, most = Math.max(2, ...layers.map(l => l.shown)), scale = devicePixelRatio || 1;
    const column = Math.max(narrowest, Math.min(widest, (this.canvas.parentElement.clientWidth - cell - 80) / layers.length));
    const width = layers.length * column + cell + 80, height = head + most * (cell + gap) + 18;
    const c = this.canvas;
    c.style.width = `${width}px`;
    c.style.height = `${height}px`;
    c.width = Math.round(width * scale);
    c.height = Math.round(height * scale);
    const g = c.getContext('2d'), style = ink();
    g.scale(scale, scale);
    g.font = '11px system-ui, sans-serif';
    const X = l => 40 + l * column, Y = (shown, u) => head + (most * (cell + gap) - shown * (cell + gap)) / 2 + u * (cell + gap);
    layers.forEach((layer, l) => {
      const from = l === 0 ? 2 : layers[l - 1].shown, weights = this.now.weights[l];
      const largest = Math.max(1e-6, ...weights.map(Math.abs));
      for (let i = 0; i < from; i++) {
        for (let u = 0; u < layer.shown; u++) {
          const w = weights[i * layer.shown + u], [x0, y0, x1, y1] = [X(l) + cell, Y(from, i) + cell / 2, X(l + 1), Y(layer.shown, u) + cell / 2], bend = (column - cell) / 2;
          g.strokeStyle = w < 0 ? style.negative : style.positive;
          g.globalAlpha = 0.15 + 0.7 * Math.abs(w) / largest;
          g.lineWidth = Math.max(0.3, 5 * Math.abs(w) / Math.max(largest, 1));
          g.beginPath();
          g.moveTo(x0, y0);
          g.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1, y1);
          g.stroke();
        }
      }
    });
    g.globalAlpha = 1;
    g.fillStyle = style.soft;
    g.textAlign = 'center';
    g.fillText('inputs', X(0) + cell / 2, 10);
    for (const i of [0, 1]) {
      this.tile(g, X(0), Y(2, i), 16, (x, y) => diverging(i === 0 ? x / 7.5 - 1 : y / 7.5 - 1), style);
      g.textAlign = 'right';
      g.fillText(this.what.axes[i].slice(0, 7), X(0) - 4, Y(2, i) + cell / 2 + 4);
      g.textAlign = 'center';
    }
    layers.forEach((layer, l) => {
      g.fillStyle = style.soft;
      g.fillText(layer.name, X(l + 1) + cell / 2, 10);
      const side = this.now.neuronSide, pictures = this.now.neurons[l] && bytes(this.now.neurons[l]);
      for (let u = 0; u < layer.shown; u++) {
        const y = Y(layer.shown, u);
        if (pictures) this.tile(g, X(l + 1), y, side, (px, py) => diverging((pictures[u * side * side + py * side + px] - 128) / 127), style);
        else {
          // The output: the colour of its class, or of saying yes.
          g.fillStyle = `rgb(${rgb(layer.units === 1 ? 1 : u).join(' ')})`;
          g.beginPath();
          g.roundRect(X(l + 1), y, cell, cell, 5);
          g.fill();
        }
      }
      g.fillStyle = style.soft;
      if (layer.units > layer.shown) g.fillText(`and ${layer.units - layer.shown} more`, X(l + 1) + cell / 2, height - 4);
    });
    c.setAttribute('aria-label', `inputs, then ${layers.map(l => `${l.name} with ${l.units} neurons`).join(', ')}`);
  }

  // Rows of a picture come from the lowest y.
  tile(g, left, top, side, colour, style) {
    const image = new ImageData(side, side);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) image.data.set([...colour(x, y), 255], ((side - 1 - y) * side + x) * 4);
    }
    const small = new OffscreenCanvas(side, side);
    small.getContext('2d').putImageData(image, 0, 0);
    g.save();
    g.beginPath();
    g.roundRect(left, top, cell, cell, 5);
    g.clip();
    g.drawImage(small, left, top, cell, cell);
    g.restore();
    g.strokeStyle = style.line;
    g.lineWidth = 1;
    g.beginPath();
    g.roundRect(left, top, cell, cell, 5);
    g.stroke();
  }
}
