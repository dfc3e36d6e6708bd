using System.Text;

namespace Nn.Repl.Diagrams;

/// <summary>Diagrams in the languages of drawing programs.</summary>
internal static class DiagramText
{
    /// <summary>A flow chart of Mermaid, which Markdown viewers draw.</summary>
    public static string Mermaid(Diagram d)
    {
        var s = new StringBuilder("flowchart TD\n");
        for (int i = 0; i < d.Boxes.Count; i++)
        {
            (string open, string close) = d.Boxes[i].Kind switch { BoxKind.Source => ("([", "])"), BoxKind.Result => ("{{", "}}"), _ => ("[", "]") };
            // Quotes and angle brackets would end the text or be taken for tags.
            string text = string.Join("<br/>",
                d.Boxes[i].Lines.Select(l => l.Replace("&", "&amp;").Replace("\"", "&quot;").Replace("<", "&lt;").Replace(">", "&gt;")));
            s.Append($"  n{i}{open}\"{text}\"{close}\n");
        }

        foreach ((int from, int to) in d.Arrows) s.Append($"  n{from} --> n{to}\n");
        return s.ToString();
    }

    /// <summary>A graph in the language of Graphviz.</summary>
    public static string Dot(Diagram d)
    {
        static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";
        var s = new StringBuilder($"digraph {{\n  label={Quoted(d.Title)}; labelloc=t;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n");
        for (int i = 0; i < d.Boxes.Count; i++)
        {
            string shape = d.Boxes[i].Kind switch { BoxKind.Source => ", shape=oval", BoxKind.Result => ", shape=hexagon", _ => "" };
            string label = string.Join("\\n", d.Boxes[i].Lines.Select(l => l.Replace("\\", "\\\\").Replace("\"", "\\\"")));
            s.Append($"  n{i} [label=\"{label}\"{shape}];\n");
        }

        foreach ((int from, int to) in d.Arrows) s.Append($"  n{from} -> n{to};\n");
        return s.Append("}\n").ToString();
    }
}
