using System.Text;
using Nn.Dsl;
using Nn.Files;
using Nn.Repl.Diagrams;
using Nn.Repl.Options;
using Nn.Repl.Plots;
using Nn.Repl.Session;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn graph</c>: layers or operations of a training as Mermaid, DOT, SVG or PNG.</summary>
/// <param name="options">What most commands take.</param>
/// <param name="operations">The operations of a training step in place of the layers.</param>
/// <param name="format">One of <see cref="Diagram.Formats"/>; null: what the file's ending says, else Mermaid.</param>
/// <param name="file">Where to write; null: standard output.</param>
internal sealed class GraphCommand(RunOptions options, bool operations, string? format, string? file)
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("graph", CommandGroup.Write, "the layers from inputs to loss as Mermaid, DOT, SVG or PNG")
    {
        Details = "`--out net.svg`; `--operations`: what a training step computes",
        Examples = ["nn graph digits.nn --out digits.svg"],
        Program = ProgramForm.OfScript(
            (c, o) => new GraphCommand(o, c.GetValue(Common.Operations), c.GetValue(Common.Format), c.GetValue(Common.Drawing)).Run(), Common.Operations,
            Common.Format, Common.Drawing),
        Session = new("[operations] [> FILE]", "> net.svg", InSession)
        {
            Summary = "the layers from inputs to loss as Mermaid, or drawn into .svg, .png or .dot; operations: what a training step computes",
        },
    };

    public int Run()
    {
        Project project = Project.Open(options);
        TrainingDefinition t = project.Training().Training;
        string kind = format ?? OfFile(file);
        if (!Diagram.Formats.Contains(kind))
            throw new NnException(ExitCode.Usage,
                $"--format {kind}: there are "
                    + $"{string.Join(", ", Diagram.Formats)}{(Suggest.Nearest(kind, Diagram.Formats) is { } near ? $"; did you mean '{near}'?" : "")}");
        if (kind == "png" && file is null) throw new NnException(ExitCode.Usage, "a PNG goes into a file: --out graph.png");
        Diagram diagram = operations
            ? TrainingDiagrams.Operations($"{t.Name}: operations of a training step", project.Compile().Plan.Entry("train").Graph)
            : TrainingDiagrams.Layers(t);
        if (kind is "svg" or "png" && diagram.Boxes.Count > DiagramFigure.MostBoxes)
            throw new NnException(ExitCode.Usage, $"{diagram.Boxes.Count:N0} boxes are no picture any more; write them as DOT: --format dot");
        byte[] bytes = kind switch
        {
            "mermaid" => Encoding.UTF8.GetBytes(DiagramText.Mermaid(diagram)),
            "dot" => Encoding.UTF8.GetBytes(DiagramText.Dot(diagram)),
            "svg" => Encoding.UTF8.GetBytes(SvgCanvas.Write(new DiagramFigure(diagram))),
            _ => PixelCanvas.Write(new DiagramFigure(diagram)),
        };
        if (file is null)
        {
            Console.Out.Write(Encoding.UTF8.GetString(bytes));
            return 0;
        }

        AtomicFile.Write(file, s => s.Write(bytes));
        if (!options.Quiet) Console.Out.WriteLine($"drawn to {file}");
        return 0;
    }

    private static string OfFile(string? file) => file is null ? "mermaid" : Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".dot" or ".gv" => "dot",
        ".svg" => "svg",
        ".png" => "png",
        ".mmd" or ".md" or ".mermaid" => "mermaid",
        _ => throw new NnException(ExitCode.Usage,
            $"{file}: the ending says what is written; use graph.svg, graph.png, graph.dot or graph.mmd, or name a --format"),
    };

    private static void InSession(ReplSession s, string[] words)
    {
        (string[] what, string? file) = CommandWords.Target(words);
        if (what is not ([] or ["operations"])) throw new NnException(ExitCode.Usage, "write :graph, :graph operations, or :graph > net.svg");
        new GraphCommand(s.Options(), what.Length > 0, null, file).Run();
    }
}
