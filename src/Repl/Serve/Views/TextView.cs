using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Training;

namespace Nn.Repl.Serve.Views;

/// <summary>What a model of characters writes, from the same beginning and by the same draws each time.</summary>
internal sealed class TextView(TrainingSession session, Model model) : PageView(model, session.Input, 1)
{
    private const int Length = 160;

    private readonly Vocabulary _vocabulary = session.Data.Vocabulary!;

    /// <summary>Whether a model says which character comes next.</summary>
    public static bool Fits(TrainingSession session, Model model) =>
        session.Data.Vocabulary is { } vocabulary && TextGenerator.Fits(model, session.Data.Input.Width, vocabulary.Size);

    /// <inheritdoc/>
    public override object Scene => new { Kind = "text", Note = $"{Length} characters, drawn as likely as {Model.Name} says" };

    /// <inheritdoc/>
    protected override object Picture(IReadOnlyDictionary<Parameter, byte[]> weights)
    {
        var generator = new TextGenerator(window => Run(MemoryMarshal.AsBytes(window.AsSpan())), session.Data.Input.Width,
            [_vocabulary.Contains('\n') ? _vocabulary.Numbers(['\n'])[0] : 0], session.Definition.Seed);
        return new { Text = string.Concat(Enumerable.Range(0, Length).Select(_ => _vocabulary.Symbol(generator.Next()))) };
    }
}
