namespace Nn.Data;

/// <summary>What the symbols of a text are.</summary>
public enum TextUnit
{
    /// <summary>Characters, which are Unicode code points.</summary>
    Characters,

    /// <summary>Words between blanks.</summary>
    Words,
}
