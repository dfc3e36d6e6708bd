// The script, coloured; where it may be changed, with its mistakes as they are made.
const parts = /(#.*)|("[^"\n]*"?)|(\b\d[\w.%]*)|([A-Za-z_]\w*)|\s+|./g;
const pause = 250;

const escape = text => text.replace(/[&<>]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]);

/** A text area over the same text in colours. */
export class Editor {
  constructor(parts, send, complain) {
    Object.assign(this, parts, { send, complain, script: '', wrong: [], words: { statements: new Set(), known: new Set() } });
    this.text.oninput = () => this.changed();
    this.text.onkeydown = e => {
      if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && !this.text.readOnly) this.run();
    };
    this.train.onclick = () => this.run();
    this.revert.onclick = () => {
      this.text.value = this.script;
      this.changed();
    };
  }

  /** The script of a training. */
  take(training) {
    this.words = { statements: new Set(training.words.statements), known: new Set(training.words.known) };
    this.text.readOnly = !training.replaceable;
    this.script = this.text.value = training.script;
    this.tell([]);
  }

  /** Mistakes of the text. */
  tell(mistakes) {
    this.wrong = mistakes;
    this.mistakes.replaceChildren(...mistakes.map(m => {
      const item = document.createElement('li'), help = document.createElement('span');
      item.textContent = m.line ? `line ${m.line}: ${m.message}` : m.message;
      help.textContent = m.help ?? '';
      if (m.help) item.append(help);
      return item;
    }));
    this.show();
  }

  changed() {
    this.wrong = [];
    this.show();
    clearTimeout(this.timer);
    const text = this.text.value;
    this.timer = setTimeout(() => this.send('/check', { script: text }).then(a => text === this.text.value && this.tell(a.mistakes), e => this.complain(e.message)), pause);
  }

  async run() {
    clearTimeout(this.timer);
    try {
      this.tell((await this.send('/script', { script: this.text.value })).mistakes);
    } catch (e) {
      this.complain(e.message);
    }
  }

  show() {
    const text = this.text.value;
    let html = '', at = 0;
    // A mistake is marked from its place to its end, whatever colours are in it.
    const edges = this.wrong.filter(m => m.line).map(m => [m.start, m.start + Math.max(1, m.length)]);
    const marked = i => edges.some(([a, b]) => i >= a && i < b);
    for (const [part, comment, string, number, name] of text.matchAll(parts)) {
      const kind = comment ? 'comment' : string ? 'string' : number ? 'number' : name && this.words.statements.has(name) ? 'statement' : name && this.words.known.has(name) ? 'known' : '';
      const classes = [kind, marked(at) && part.trim() ? 'mark' : ''].filter(Boolean).join(' ');
      html += classes ? `<span class="${classes}">${escape(part)}</span>` : escape(part);
      at += part.length;
    }
    // A line of its own at the end keeps the last empty line visible.
    this.marked.innerHTML = `${html}\n`;
    this.text.parentElement.style.height = '';
    this.text.style.width = `${Math.max(this.marked.scrollWidth, this.text.parentElement.clientWidth)}px`;
    this.text.style.height = `${this.marked.scrollHeight}px`;
  }
}
