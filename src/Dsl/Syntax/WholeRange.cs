namespace Nn.Dsl;

/// <summary>Which whole numbers may stand at a place; a message names the bound that a number breaks.</summary>
/// <param name="Least">The smallest.</param>
/// <param name="Most">The largest.</param>
internal readonly record struct WholeRange(int Least, int Most = int.MaxValue)
{
    /// <summary>Those that count something: from 1.</summary>
    public static WholeRange Positive { get; } = new(1);

    /// <summary>Those that may count nothing, or number something: from 0.</summary>
    public static WholeRange FromZero { get; } = new(0);

    /// <summary>Whether a number is one of them.</summary>
    public bool Contains(double value) => value == Math.Floor(value) && value >= Least && value <= Most;

    /// <summary>What a number that is none of them should have been.</summary>
    public string Wanted(double value) => value > Most ? $"a whole number of at most {Most}" : $"a whole number of at least {Least}";
}
