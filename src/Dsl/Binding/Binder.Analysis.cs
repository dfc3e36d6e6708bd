using Nn.Data;
using Nn.Training;

namespace Nn.Dsl;

public sealed partial class Binder
{
    /// <summary>As <see cref="ScriptAnalysis.Of"/>.</summary>
    internal static ScriptAnalysis Analyse(SourceText source, Func<DataSpec, Schema?> describe)
    {
        var diagnostics = new Diagnostics(source);
        Script script = ScriptParser.Parse(source, diagnostics);
        var names = NameReader.Read(script);
        // What follows from a line that could not be parsed is no mistake of its own.
        Script whole = diagnostics.Any ? script with { Statements = [.. script.Statements.Where(s => diagnostics.All.All(d => !Touches(s.Span, d.Span)))] }
            : script;
        var binder = new Binder(whole, names, diagnostics.Any ? new Diagnostics(source) : diagnostics);
        (binder._definitions.Trace, binder._definitions.Formulas) = ([], []);
        Schema? info = null;
        binder.Declare(BindOptions.None);
        BoundScript bound = binder.BindAll(BindOptions.None, spec => info = describe(spec));
        return new ScriptAnalysis(
            script, diagnostics.All, new ScriptNames(names), binder._definitions.Trace, binder._definitions.Formulas,
            binder._definitions.Evaluated.ToDictionary(v => v.Key, v => v.Value.Written()),
            [.. binder._definitions.Models.Values.Select(m => m.Model).OfType<Model>()], bound.Training, bound.Data, info)
        {
            Warnings = bound.Warnings,
        };
    }

    private static bool Touches(TextSpan a, TextSpan b) => a.Start < b.End && b.Start < a.End;
}
