using Nn.Training;

namespace Nn.Dsl;

/// <summary>Reads the lines of a <c>data</c> or <c>train</c> block: each setting once, every option used.</summary>
internal sealed class SettingReader
{
    private readonly string _where;
    private readonly Dictionary<string, Item> _settings = [];

    public SettingReader(string where, IReadOnlyList<Item> items, IReadOnlyList<string> known, Env env, Action<BindError> report)
    {
        (_where, Env) = (where, env);
        foreach (Item item in items)
        {
            if (!known.Contains(item.Head.Name)) report(BindError.UnknownSetting(item.Head, where, known));
            else if (item.Blocks.Count > 0) report(BindError.HasNoBody(item.Span, item.Head.Name));
            else if (!_settings.TryAdd(item.Head.Name, item)) report(BindError.GivenTwice(item.Head.Span, where, item.Head.Name));
        }
    }

    public Env Env { get; }

    public Item? Find(string name) => _settings.GetValueOrDefault(name);

    /// <summary>The options of a line by name; those without a name get the given names in order.</summary>
    public static Dictionary<string, Argument> Options(Item item, IReadOnlyList<string> positional, IReadOnlyList<string> named) =>
        Options(item.Head.Name, item.Arguments, positional, named);

    public static Dictionary<string, Argument> Options(
        string of, IReadOnlyList<Argument> arguments, IReadOnlyList<string> positional, IReadOnlyList<string> named)
    {
        var options = new Dictionary<string, Argument>();
        int next = 0;
        foreach (Argument a in arguments)
        {
            string? name = a.Name ?? (next < positional.Count ? positional[next++] : null);
            if (name is null) throw BindError.TooManyArguments(a.Span, of, positional.Count);
            if (a.Name is not null && !positional.Contains(name) && !named.Contains(name)) throw BindError.UnknownOption(a.NameSpan, name, of, positional.Concat(named));
            if (!options.TryAdd(name, a)) throw BindError.GivenTwice(a.Span, of, name);
        }

        return options;
    }

    public static string Word(Argument a, string what, IReadOnlyList<string>? choices = null)
    {
        string word = a.Value switch
        {
            NameExpr n => n.Name,
            StringExpr s => s.Value,
            _ => throw BindError.UnexpectedArgument(a.Value.Span, what, SyntaxText.Of(a.Value), "a name is wanted here"),
        };
        if (choices is not null && !choices.Contains(word)) throw BindError.UnknownChoice(a.Value.Span, what, word, choices);
        return word;
    }

    public static bool Flag(Argument a, string what) => Word(a, what, ["true", "false"]) == "true";

    public Duration Duration(Expr e) => e switch
    {
        DurationExpr d when d.Count >= 0 => new Duration(d.Count, d.Unit == "epoch"),
        _ => throw BindError.NotADuration(e.Span, SyntaxText.Of(e)),
    };

    public BindError Missing(TextSpan span, string what, string example) => BindError.Missing(span, $"{_where}: {what}", example);
}
