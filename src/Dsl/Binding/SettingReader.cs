using Nn.Training;

namespace Nn.Dsl;

/// <summary>Reads the lines of a <c>data</c> or <c>train</c> block: each setting once, every option used.</summary>
internal sealed class SettingReader
{
    // Words that a block may have several lines of.
    private static readonly HashSet<string> Several = [PartBinder.Row.Name];

    private readonly Dictionary<string, Item> _settings = [];
    private readonly List<Item> _more = [];

    public SettingReader(string where, IReadOnlyList<Item> items, IReadOnlyList<string> known, Env env, Action<BindError> report)
    {
        Env = env;
        foreach (Item item in items)
        {
            if (!known.Contains(item.Head.Name)) report(BindError.UnknownSetting(item.Head, where, known));
            else if (item.Blocks.Count > 0) report(BindError.HasNoBody(item.Span, item.Head.Name));
            else if (_settings.TryAdd(item.Head.Name, item)) continue;
            else if (Several.Contains(item.Head.Name)) _more.Add(item);
            else report(BindError.GivenTwice(item.Head.Span, where, item.Head.Name, OnOneLine(item)));
        }
    }

    public Env Env { get; }

    // What a block may have several of stands on one line.
    private static string? OnOneLine(Item item) => item.Head.Name switch
    {
        "target" => "several targets stand on one line: target price, kind",
        "metrics" => "several metrics stand on one line: metrics accuracy, f1",
        _ => null,
    };

    public Item? Find(string name) => _settings.GetValueOrDefault(name);

    /// <summary>The line of a setting; null where the block has none.</summary>
    public SettingCall? Call(WordEntry row) => Find(row.Name) is { } line ? new SettingCall(row, line, Env) : null;

    /// <summary>All lines of a setting.</summary>
    public IEnumerable<SettingCall> Calls(WordEntry row) => Find(row.Name) is not { } first ? []
        : _more.Where(i => i.Head.Name == row.Name).Prepend(first).Select(i => new SettingCall(row, i, Env));

    public static string Word(Argument a, string what, IReadOnlyList<string>? choices = null)
    {
        string word = a.Value switch
        {
            NameExpr n => n.Name,
            StringExpr s => s.Value,
            _ => throw BindError.UnexpectedArgument(a.Value.Span, what, SyntaxText.Of(a.Value), "a name is wanted here"),
        };
        if (choices is { Count: > 0 } && !choices.Contains(word)) throw BindError.UnknownChoice(a.Value.Span, what, word, choices);
        return word;
    }

    public static Duration Duration(Expr e) => e switch
    {
        DurationExpr d when d.Count >= 0 => new Duration(d.Count, d.Unit == "epoch"),
        _ => throw BindError.NotADuration(e.Span, SyntaxText.Of(e)),
    };
}
