using Nn.Training;

namespace Nn.Dsl;

/// <summary>One use of a word of the language with its options: a line of a block, or a call within one.</summary>
internal sealed class SettingCall(WordEntry row, TextSpan span, IReadOnlyList<Argument> arguments, Env env)
{
    private Dictionary<string, Argument>? _given;

    public SettingCall(WordEntry row, Item line, Env env)
        : this(row, line.Span, line.Arguments, env) => Line = line;

    /// <summary>The line, where it is one.</summary>
    public Item? Line { get; }

    public string Name => row.Name;

    public TextSpan Span => span;

    public Env Env => env;

    /// <summary>As they stand there.</summary>
    public IReadOnlyList<Argument> Arguments => arguments;

    /// <summary>How many options are given.</summary>
    public int Count => Given.Count;

    /// <summary>The same with some of the options only.</summary>
    public SettingCall Of(params IReadOnlyList<string> options) => new(row with { Arguments = [.. row.Arguments.Where(o => options.Contains(o.Name))] }, span,
        arguments, env);

    /// <summary>Refuses what it cannot take, whether anybody asks for it or not.</summary>
    public void Check() => _ = Given;

    public bool Has(string option) => Given.ContainsKey(option);

    public Argument? Find(string option) => Given.GetValueOrDefault(option);

    /// <summary>The only value, where no more may be given.</summary>
    public Expr One() => arguments is [{ Name: null } a] ? a.Value
        : arguments.Count == 0 ? throw BindError.MissingArgument(span, Name, "a value")
        : throw BindError.TooManyArguments(span, Name, 1);

    public int? Whole(string option, WholeRange range) => Find(option) is { } a ? Evaluator.Whole(a.Value, env, option, range) : null;

    /// <param name="option">The option.</param>
    /// <param name="what">As messages call it.</param>
    public double? Number(string option, string what) => Find(option) is { } a ? Evaluator.Number(a.Value, env, what) : null;

    /// <summary>A word of those that the row has for the option; any, where it has none.</summary>
    public string? Word(string option, string what) => Find(option) is { } a ? SettingReader.Word(a, what, Row(option).Words) : null;

    public bool? Flag(string option) => Word(option, option) is { } word ? word == "true" : null;

    private OptionRow Row(string option) => row.Arguments.First(o => o.Name == option);

    private Dictionary<string, Argument> Given => _given ??= Matched();

    private Dictionary<string, Argument> Matched()
    {
        var given = new Dictionary<string, Argument>();
        foreach ((Argument a, OptionRow? option) in row.Match(arguments))
        {
            if (option is null)
            {
                OptionRow[] bare = [.. row.Arguments.Where(o => o.Positional)];
                throw a.Name is null ? BindError.TooManyArguments(a.Span, Name, bare.Length)
                    : BindError.UnknownOption(a.NameSpan, a.Name, Name, bare.Concat(row.Arguments.Except(bare)).Select(o => o.Name));
            }

            if (!given.TryAdd(option.Name, a)) throw BindError.GivenTwice(a.Span, Name, option.Name);
        }

        return given;
    }
}
