// The client of `nn lsp`, and commands that run nn in a terminal.
'use strict';

const vscode = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

let client;

function settings() {
  return vscode.workspace.getConfiguration('nn');
}

// Variables of the environment that the settings ask for.
function environment() {
  const data = settings().get('data');
  return data ? { NN_DATA: data } : {};
}

async function start() {
  const run = { command: settings().get('path'), args: ['lsp'], options: { env: { ...process.env, ...environment() } } };
  client = new LanguageClient('nn', 'nn', { run, debug: run }, {
    documentSelector: [{ language: 'nn', scheme: 'file' }, { language: 'nn', scheme: 'untitled' }],
    // Shapes follow from data.
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher('**/*.{csv,txt,npz}') },
  });
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const choice = await vscode.window.showErrorMessage(
      `nn lsp cannot be started (${run.command}): ${error.message}. Put nn into the PATH, or say where it is.`, 'Open settings');
    if (choice) await vscode.commands.executeCommand('workbench.action.openSettings', 'nn.path');
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running) await running.stop();
}

// Quoted for the shells that terminals run; a name of plain characters needs no quotes, and PowerShell takes a quoted program for a text.
function quoted(word) {
  return /^[\w@%+=:,.\/\\~-]+$/.test(word) ? word : `"${word.replace(/(["$`\\])/g, process.platform === 'win32' ? '$1' : '\\$1')}"`;
}

async function runInTerminal(command) {
  const editor = vscode.window.activeTextEditor;
  if (!editor || editor.document.languageId !== 'nn') return;
  if (editor.document.isUntitled || !(await editor.document.save())) {
    vscode.window.showInformationMessage('nn: save the file first.');
    return;
  }
  const terminal = vscode.window.terminals.find(t => t.name === 'nn') || vscode.window.createTerminal({ name: 'nn', env: environment() });
  terminal.show(true);
  const device = settings().get('device');
  const words = [settings().get('path'), command, editor.document.fileName];
  if (device && device !== 'auto') words.push('--device', device);
  terminal.sendText(words.map(quoted).join(' '));
}

async function activate(context) {
  const commands = { train: 'train', check: 'check', summary: 'summary', explain: 'explain', session: 'repl' };
  for (const [name, command] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(`nn.${name}`, () => runInTerminal(command)));
  }
  context.subscriptions.push(vscode.commands.registerCommand('nn.restart', async () => {
    await stop();
    await start();
  }));
  context.subscriptions.push(vscode.workspace.onDidChangeConfiguration(async change => {
    if (!change.affectsConfiguration('nn.path') && !change.affectsConfiguration('nn.data')) return;
    await stop();
    await start();
  }));
  await start();
}

module.exports = { activate, deactivate: stop };
