using System.Globalization;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Repl.Diagrams;

/// <summary>The diagrams of a training.</summary>
internal static class TrainingDiagrams
{
    /// <summary>The layers from the inputs to the loss, for each update.</summary>
    public static Diagram Layers(TrainingDefinition t)
    {
        var boxes = new List<DiagramBox>();
        var arrows = new List<(int, int)>();
        string[] models = [.. t.Models.Select(m => m.Name)];
        var seen = new HashSet<string>();
        foreach (TrainingStep step in t.Steps)
        {
            int first = boxes.Count;
            IReadOnlyList<TracedLayer> layers = LayerTrace.Of(step, t.Schema);
            // What nothing comes from is left out, such as targets of a loss without them.
            int[] used = [.. Enumerable.Range(0, layers.Count).Where(i => i == layers.Count - 1 || layers.Any(l => l.Inputs.Contains(i)))];
            foreach (int i in used)
            {
                TracedLayer l = layers[i];
                int place = boxes.Count;
                boxes.Add(BoxOf(l, t, models, seen));
                foreach (int input in l.Inputs) arrows.Add((first + Array.IndexOf(used, input), place));
            }
        }

        return new Diagram($"{t.Name}: layers", boxes, arrows);
    }

    /// <summary>The operations of a training step after simplification, as they go into the plan.</summary>
    public static Diagram Operations(string title, Graph graph)
    {
        var boxes = new List<DiagramBox>();
        var arrows = new List<(int, int)>();
        var places = new Dictionary<Node, int>();
        foreach (Node n in graph.Nodes.Where(n => n.Op != LeafOps.Constant))
        {
            int[] from = [.. n.Inputs.Distinct().Select(Place)];
            places[n] = boxes.Count;
            bool source = n.Inputs.Count == 0;
            boxes.Add(
                new DiagramBox([$"{(n.Op == LeafOps.Read ? n.Slot.Name : n.Op.Name)} {n.Shape}"], source ? BoxKind.Source : BoxKind.Layer, source ? 6 : 0));
            arrows.AddRange(from.Select(f => (f, places[n])));
        }

        foreach (Assignment a in graph.Assignments)
        {
            arrows.Add((Place(a.Value), boxes.Count));
            boxes.Add(new DiagramBox([a.Slot.Name], BoxKind.Result, 1));
        }

        // A constant stands beside each use of it: one for all would have arrows across the whole picture.
        int Place(Node n)
        {
            if (n.Op != LeafOps.Constant) return places[n];
            boxes.Add(new DiagramBox([n.Attribute<ConstantAttributes>().Value.ToString("G4", CultureInfo.InvariantCulture)], BoxKind.Source, 6));
            return boxes.Count - 1;
        }

        return new Diagram(title, boxes, arrows);
    }

    private static DiagramBox BoxOf(TracedLayer l, TrainingDefinition t, string[] models, HashSet<string> seen)
    {
        switch (l.Role)
        {
            case LayerRole.Input:
                return new DiagramBox([$"{l.Name}, {(t.Schema.Inputs.Count == 1 ? "the inputs" : "an input")}", l.Output.ToString()], BoxKind.Source, 6);
            case LayerRole.Target:
                return new DiagramBox([$"{l.Name}, {(t.Schema.Targets.Count == 1 ? "the targets" : "a target")}",
                    l.Output.Rank == 0 ? "a class" : l.Output.ToString()], BoxKind.Source, 6);
            case LayerRole.Noise: return new DiagramBox([$"{l.Text} noise", l.Output.ToString()], BoxKind.Source, 6);
            case LayerRole.Loss: return new DiagramBox([$"loss of {l.Name}"], BoxKind.Result, 1);
        }

        string model = l.Name[..l.Name.IndexOf('.')];
        long own = t.Models.SelectMany(m => m.Parameters).Distinct().Where(p => p.Name.StartsWith(l.Name + ".", StringComparison.Ordinal))
            .Sum(p => p.Shape.Count);
        string weights = own == 0 ? "" : seen.Add(l.Name) ? $", {Plural.Of(own, "parameter")}" : ", shared";
        return new DiagramBox([l.Text, $"{(models.Length > 1 ? l.Name : l.Name[(model.Length + 1)..])}: {l.Output}{weights}"], BoxKind.Layer,
            Array.IndexOf(models, model) is var at and >= 0 ? new[] { 0, 2, 3, 7, 5 }[at % 5] : 0);
    }
}
