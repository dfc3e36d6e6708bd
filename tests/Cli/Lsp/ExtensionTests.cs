using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Nn.Tests.Cli.Lsp;

/// <summary>
/// The extension for Visual Studio Code: its files belong together, and its commands run what they say (with a stand-in for the editor, where Node.js is).
/// </summary>
public sealed class ExtensionTests
{
    // Stands for the editor and for the client library: writes down what the extension does with them.
    private const string Editor = """
        const Module = require('module'), path = require('path');
        const seen = [], handlers = {}, values = { path: process.argv[3], device: process.argv[4], data: '/data' };
        const terminal = { name: 'nn', show() {}, sendText: t => seen.push('terminal: ' + t) };
        const vscode = {
          workspace: { getConfiguration: () => ({ get: k => values[k] }), onDidChangeConfiguration: f => { handlers.changed = f; return {}; }, createFileSystemWatcher: () => ({}) },
          window: {
            terminals: [], createTerminal: o => { seen.push('new terminal ' + JSON.stringify(o.env)); vscode.window.terminals.push(terminal); return terminal; },
            activeTextEditor: { document: { languageId: 'nn', isUntitled: false, fileName: process.argv[5], save: async () => { seen.push('saved'); return true; } } },
            showErrorMessage: async m => { seen.push('error: ' + m); }, showInformationMessage: m => seen.push('said: ' + m),
          },
          commands: { registerCommand: (n, f) => { handlers[n] = f; return {}; }, executeCommand: async () => {} },
        };
        class LanguageClient {
          constructor(id, name, server, client) { this.server = server; seen.push('client for ' + client.documentSelector.map(d => d.language + ' ' + d.scheme)); }
          async start() { seen.push('start ' + this.server.run.command + ' ' + this.server.run.args + ' ' + this.server.run.options.env.NN_DATA); }
          async stop() { seen.push('stop'); }
        }
        const load = Module._load;
        Module._load = (name, ...rest) => name === 'vscode' ? vscode : name === 'vscode-languageclient/node' ? { LanguageClient } : load(name, ...rest);
        (async () => {
          const extension = require(path.resolve(process.argv[2]));
          const context = { subscriptions: [] };
          await extension.activate(context);
          for (const c of ['nn.train', 'nn.summary', 'nn.session', 'nn.restart']) await handlers[c]();
          await handlers.changed({ affectsConfiguration: k => k === 'nn.device' });
          vscode.window.activeTextEditor.document.isUntitled = true;
          await handlers['nn.train']();
          await extension.deactivate();
          console.log(JSON.stringify({ seen, commands: Object.keys(handlers).filter(k => k.startsWith('nn.')) }));
        })();
        """;

    private static readonly string Folder = Path.Combine(Nn.Root, "editors", "vscode");

    private static JsonNode Package => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "package.json")))!;

    [Fact]
    public void What_the_package_names_is_there()
    {
        JsonNode contributes = Package["contributes"]!;
        foreach (string file in new[] { (string)Package["main"]!, (string)contributes["languages"]![0]!["configuration"]!,
            (string)contributes["grammars"]![0]!["path"]! })
            Assert.True(File.Exists(Path.Combine(Folder, file)), file);
        Assert.Equal("nn", (string)contributes["languages"]![0]!["id"]!);
        Assert.Equal([".nn"], contributes["languages"]![0]!["extensions"]!.AsArray().Select(e => (string)e!));
        Assert.Equal((string)contributes["grammars"]![0]!["scopeName"]!,
            (string)JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "syntaxes", "nn.tmLanguage.json")))!["scopeName"]!);
        Assert.NotNull(Package["dependencies"]!["vscode-languageclient"]);
        JsonNode language = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "language-configuration.json")))!;
        Assert.Equal("#", (string)language["comments"]!["lineComment"]!);
        string extension = File.ReadAllText(Path.Combine(Folder, "extension.js"));
        foreach (string setting in contributes["configuration"]!["properties"]!.AsObject().Select(p => p.Key))
            Assert.Contains($"get('{setting["nn.".Length..]}')", extension);
    }

    [SkippableFact]
    public void Its_commands_run_nn_in_a_terminal_and_its_client_the_server()
    {
        using var folder = new ScriptFolder();
        folder.Write("editor.js", Editor);
        JsonNode outcome = Run(folder, "nn", "cpu", "/a/b.nn");
        Assert.Equal(
            [
                "client for nn file,nn untitled", "start nn lsp /data",
                "saved", "new terminal {\"NN_DATA\":\"/data\"}", "terminal: nn train /a/b.nn --device cpu",
                "saved", "terminal: nn summary /a/b.nn --device cpu", "saved", "terminal: nn repl /a/b.nn --device cpu",
                "stop", "client for nn file,nn untitled", "start nn lsp /data", "said: nn: save the file first.", "stop",
            ],
            outcome["seen"]!.AsArray().Select(s => (string)s!));
        Assert.Equal(Package["contributes"]!["commands"]!.AsArray().Select(c => (string)c!["command"]!).Order(),
            outcome["commands"]!.AsArray().Select(c => (string)c!).Order());
        // A shell must take the name of a file for a name.
        string[] quoted = [.. Run(folder, "/opt/my nn", "auto", "/a b/$(x)`y`\".nn")["seen"]!.AsArray().Select(s => (string)s!)];
        Assert.Contains(
            OperatingSystem.IsWindows() ? "terminal: \"/opt/my nn\" train \"/a b/$(x)`y`\".nn\""
                : "terminal: \"/opt/my nn\" train \"/a b/\\$(x)\\`y\\`\\\".nn\"", quoted);
    }

    private static JsonNode Run(ScriptFolder folder, params string[] args)
    {
        var info = new ProcessStartInfo("node", [folder.File("editor.js"), Path.Combine(Folder, "extension.js"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        Process process;
        try
        {
            process = Process.Start(info)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new SkipException("there is no Node.js here");
        }

        using (process)
        {
            string error = "";
            process.ErrorDataReceived += (_, e) => error += e.Data;
            process.BeginErrorReadLine();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, error);
            return JsonNode.Parse(output)!;
        }
    }
}
