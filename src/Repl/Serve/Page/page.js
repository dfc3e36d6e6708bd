// The page of a training: takes the events of the server apart, and sends what is wanted.
import { Charts } from './curves.js';
import { Picture } from './pictures.js';
import { Network } from './network.js';
import { Editor } from './editor.js';
import { Playground } from './playground.js';

const token = new URLSearchParams(location.search).get('token') ?? '';
const $ = id => document.getElementById(id);

/** Sends something to the server; its answer, or an error with its message. */
export async function send(path, body) {
  const reply = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Nn-Token': token }, body: JSON.stringify(body) });
  const answer = reply.headers.get('Content-Type')?.startsWith('application/json') ? await reply.json() : { message: await reply.text() };
  if (!reply.ok) throw new Error(answer.message);
  return answer;
}

const number = v => v == null ? '–' : v === 0 ? '0' : Math.abs(v) >= 1e4 || Math.abs(v) < 1e-3 ? v.toExponential(2) : v.toPrecision(4).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
const whole = v => v.toLocaleString('en');
const bytes = v => v < 1e6 ? `${(v / 1e3).toFixed(1)} kB` : v < 1e9 ? `${(v / 1e6).toFixed(1)} MB` : `${(v / 1e9).toFixed(2)} GB`;
const time = s => s == null ? '–' : s < 1 ? '< 1 s' : s < 90 ? `${Math.round(s)} s` : s < 5400 ? `${Math.round(s / 60)} min` : `${(s / 3600).toFixed(1)} h`;

let training = null, status = null, loss = null, over = false;
const charts = new Charts($('charts'), number);
const picture = new Picture($('picture-body'), $('picture-title'), $('picture-note'));
const network = new Network($('net'));
const editor = new Editor({ text: $('text'), marked: $('marked'), mistakes: $('mistakes'), train: $('train'), revert: $('revert') }, send, complain);
const playground = new Playground($('play'), send, complain, mistakes => editor.tell(mistakes));

function complain(message) {
  $('message').textContent = message ?? '';
  $('message').hidden = !message;
}

function showTraining(t) {
  training = t;
  document.title = `${t.name} – nn`;
  $('name').textContent = t.name;
  $('where').textContent = `${whole(t.parameters)} parameters on ${t.device} (${t.deviceName})`;
  $('file').textContent = t.file;
  $('edit').hidden = !t.replaceable;
  $('restart').hidden = !t.replaceable;
  editor.take(t);
  playground.take(t);
  charts.clear();
  picture.scene(null);
  network.scene(null);
  showSeen(null);
  loss = null;
  const several = new Set(t.layers.map(l => l.model)).size > 1;
  $('layers').replaceChildren(row('th', [...several ? ['model'] : [], 'layer', '', 'output', 'parameters']),
    ...t.layers.map(l => row('td', [...several ? [l.model] : [], l.name, l.kind, l.output, l.parameters ? whole(l.parameters) : ''])));
  $('facts').textContent = `${whole(t.samples)} training samples, ${whole(t.validation)} for validation, batch ${whole(t.batch)}, seed ${t.seed}, schedule ${t.schedule}`;
}

function row(kind, cells) {
  const tr = document.createElement('tr');
  tr.append(...cells.map((text, i) => {
    const cell = document.createElement(kind);
    cell.textContent = text;
    if (i === cells.length - 1) cell.className = 'n';
    return cell;
  }));
  return tr;
}

function showStatus(s) {
  status = s;
  const names = { running: 'training', paused: 'paused', finished: 'finished', stopped: 'stopped' };
  $('phase').textContent = names[s.phase];
  $('phase').className = `phase ${s.phase}`;
  $('go').textContent = s.phase === 'running' ? 'pause' : s.phase === 'finished' ? 'train on' : 'resume';
  for (const id of ['go', 'stop', 'step', 'epoch', 'pace']) $(id).disabled = over || s.phase === 'stopped';
  $('step').disabled ||= s.phase === 'running';
  $('epoch').disabled ||= s.phase === 'running';
  $('rate').disabled = over || s.baseRate == null;
  if (document.activeElement !== $('rate')) $('rate').value = s.baseRate == null ? '' : String(+s.baseRate.toPrecision(6));
  if (![...$('pace').options].some(o => +o.value === s.pace)) $('pace').add(new Option(`${s.pace} steps/s`, s.pace));
  if (document.activeElement !== $('pace')) $('pace').value = String(s.pace);
  complain(s.message);
  const done = Math.min(1, s.step / Math.max(1, s.epochs * s.stepsPerEpoch));
  $('progress').firstElementChild.style.width = `${100 * done}%`;
  $('progress').setAttribute('aria-valuenow', Math.round(100 * done));
  showNumbers();
}

function showNumbers() {
  if (!status) return;
  const s = status, entries = [
    ['epoch', `${whole(s.epoch)} / ${whole(s.epochs)}`], ['step', whole(s.step)], ['loss', number(loss)],
    ...s.rate == null ? [] : [['learning rate', number(s.rate)]],
    ['speed', s.stepsPerSecond ? `${whole(Math.round(s.stepsPerSecond))} steps/s` : '–'],
    ['left', time(s.secondsLeft)], ['trained', time(s.seconds)], ...training ? [['memory', bytes(training.memory)]] : [],
  ];
  const list = $('numbers');
  while (list.children.length > entries.length) list.lastChild.remove();
  entries.forEach(([name, value], i) => {
    let item = list.children[i];
    if (!item) {
      item = document.createElement('div');
      item.append(document.createElement('dt'), document.createElement('dd'));
      list.append(item);
    }
    if (item.firstChild.textContent !== name) item.firstChild.textContent = name;
    if (item.lastChild.textContent !== value) item.lastChild.textContent = value;
  });
}

function showCurves(c) {
  charts.add(c);
  $('no-curves')?.toggleAttribute('hidden', !charts.empty);
  loss = charts.latestLoss() ?? loss;
  showNumbers();
}

function showSeen(scene) {
  $('picture').hidden = !scene;
  document.querySelector('main').classList.toggle('bare', !scene);
  $('network').hidden = !scene?.layers?.length;
}

function connect() {
  const events = new EventSource(`/events?token=${encodeURIComponent(token)}`);
  const on = (name, act) => events.addEventListener(name, e => act(JSON.parse(e.data)));
  on('training', showTraining);
  on('status', showStatus);
  on('curves', showCurves);
  on('scene', scene => {
    showSeen(scene);
    picture.scene(scene);
    network.scene(scene);
  });
  on('picture', p => {
    picture.draw(p);
    network.draw(p);
  });
  on('end', () => {
    over = true;
    events.close();
    if (status) showStatus({ ...status, phase: 'stopped' });
    complain('nn has ended; what you see is how it was');
  });
  events.onerror = () => {
    if (over) return;
    $('phase').textContent = 'no connection';
    $('phase').className = 'phase lost';
  };
}

const wish = (wish, value) => send('/do', { wish, value }).catch(e => complain(e.message));
$('go').onclick = () => wish(status?.phase === 'running' ? 'pause' : 'resume');
$('step').onclick = () => wish('step');
$('epoch').onclick = () => wish('epoch');
$('restart').onclick = () => wish('restart');
$('stop').onclick = () => wish('stop');
$('pace').onchange = () => wish('pace', +$('pace').value);
$('rate').onchange = () => {
  if ($('rate').value === '') return;
  playground.rate(+$('rate').value);
  wish('rate', +$('rate').value);
};
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  charts.redraw();
  picture.redraw();
  network.redraw();
  playground.redraw();
});
addEventListener('resize', () => {
  charts.redraw();
  picture.redraw();
  network.redraw();
});
connect();
