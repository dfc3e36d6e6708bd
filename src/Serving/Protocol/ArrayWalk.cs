namespace Nn.Serving.Protocol;

/// <summary>Goes through a JSON array, nested as one likes, from one value to the next.</summary>
/// <param name="array">A whole array, up to its last bracket.</param>
internal ref struct ArrayWalk(ReadOnlySpan<byte> array)
{
    private readonly ReadOnlySpan<byte> _array = array;
    private int _at;
    private int _depth;

    // Whether a value must come, may come, or may not.
    private Turn _turn = Turn.First;

    private enum Turn
    {
        First,
        Value,
        Comma,
    }

    /// <summary>Where the next value begins that is no array; null at the end, or where a comma or bracket is wrong.</summary>
    public int? NextNumber(out string? mistake)
    {
        mistake = null;
        for (; _at < _array.Length; _at++)
        {
            switch (_array[_at])
            {
                case (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t': continue;
                case (byte)'[' when _turn != Turn.Comma:
                    (_depth, _turn) = (_depth + 1, Turn.First);
                    continue;
                case (byte)']' when _turn != Turn.Value:
                    _turn = Turn.Comma;
                    if (--_depth == 0) return null;
                    continue;
                case (byte)',' when _turn == Turn.Comma:
                    _turn = Turn.Value;
                    continue;
                case (byte)',' or (byte)']' or (byte)'[':
                    mistake = "a comma or a bracket stands where a number is due, or is missing";
                    return null;
                default:
                    if (_turn != Turn.Comma) return _at;
                    mistake = "two numbers stand without a comma between them";
                    return null;
            }
        }

        mistake = "the array does not end";
        return null;
    }

    /// <summary>Goes on behind a value.</summary>
    public void After(int end) => (_at, _turn) = (end, Turn.Comma);
}
