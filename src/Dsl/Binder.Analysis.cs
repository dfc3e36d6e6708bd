using Nn.Data;
using Nn.Training;

namespace Nn.Dsl;

public sealed partial class Binder
{
    /// <summary>As <see cref="ScriptAnalysis.Of"/>.</summary>
    internal static ScriptAnalysis Analyse(SourceText source, Func<DataSpec, DataInfo?> describe)
    {
        var diagnostics = new Diagnostics(source);
        Script script = ScriptParser.Parse(source, diagnostics);
        var names = ScriptNames.Of(script);
        // What follows from a line that could not be parsed is no mistake of its own.
        Script whole = diagnostics.Any ? script with { Statements = [.. script.Statements.Where(s => diagnostics.All.All(d => !Touches(s.Span, d.Span)))] } : script;
        var binder = new Binder(whole, diagnostics.Any ? new Diagnostics(source) : diagnostics);
        (binder._definitions.Trace, binder._definitions.Formulas) = ([], []);
        DataInfo? info = null;
        binder.Declare(BindOptions.None);
        BoundScript bound = binder.BindAll(BindOptions.None, spec => info = describe(spec));
        foreach (ModelBinding model in binder._definitions.Models.Values) binder.BindAlone(model, info);
        return new ScriptAnalysis(
            script, diagnostics.All, names, binder._definitions.Trace, binder._definitions.Formulas, binder._definitions.Evaluated.ToDictionary(v => v.Key, v => v.Value.Written()),
            [.. binder._definitions.Models.Values.Select(m => m.Model).OfType<Model>()], bound.Training, bound.Data, info)
        {
            Warnings = bound.Warnings,
        };
    }

    // A model that no training came to, to the input that it states, or to that of the data where nothing else can be meant.
    private void BindAlone(ModelBinding model, DataInfo? info)
    {
        if (model.Tried) return;
        var diagnostics = new Diagnostics(_script.Source);
        Guard(() =>
        {
            if (model.StatedInput(new Env(null, _definitions)) is { } stated) model.Bind(stated, model.NameSyntax.Span);
            else if (info is not null && _definitions.Models.Count == 1) model.Bind(info.Input, model.NameSyntax.Span, info.InputType);
        }, model.NameSyntax.Span, info is null ? diagnostics : _diagnostics);
    }

    private static bool Touches(TextSpan a, TextSpan b) => a.Start < b.End && b.Start < a.End;
}
