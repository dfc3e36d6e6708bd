namespace Nn.Repl.Terminal;

/// <summary>What a piece of a script is.</summary>
internal enum ScriptPart
{
    /// <summary>Spaces, symbols, names that the script defines.</summary>
    Plain,

    /// <summary>A word that begins a statement.</summary>
    Statement,

    /// <summary>A layer, function or other name of the language.</summary>
    Known,

    /// <summary>A number or shape.</summary>
    Number,

    /// <summary>Text in quotes.</summary>
    Text,

    /// <summary>A comment.</summary>
    Comment,

    /// <summary>What means nothing.</summary>
    Wrong,
}
