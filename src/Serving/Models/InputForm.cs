using System.Numerics;
using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;

namespace Nn.Serving.Models;

/// <summary>An input of a model as requests give it.</summary>
internal sealed class InputForm
{
    // As devices have it, which multiply.
    private const float Pixel = (float)(1.0 / FieldForm.White);

    private readonly Field _taken;

    /// <summary>Looks at an input.</summary>
    /// <param name="stored">The field as the data have it.</param>
    /// <param name="taken">The field as a <see cref="Predictor"/> takes it.</param>
    public InputForm(Field stored, Field taken)
    {
        (Stored, _taken) = (stored.Form, taken);
        Row = RowForm.Of(taken.Form);
    }

    /// <summary>Its name.</summary>
    public string Name => _taken.Name;

    /// <summary>As the data have it.</summary>
    public FieldForm Stored { get; }

    /// <summary>Its columns, where it is a row of a table.</summary>
    public RowForm? Row { get; }

    /// <summary>Numbers or symbols of a sample.</summary>
    public int Width => _taken.Form.Width;

    /// <summary>Bytes of a sample.</summary>
    public int Bytes => _taken.Form.Bytes;

    /// <summary>Whether it takes symbols, as INT32; else numbers, as FP32.</summary>
    public bool IsSymbols => _taken.Form.IsSymbols;

    /// <summary>The shape of a sample; of sequences that differ in length that of the longest.</summary>
    public IReadOnlyList<int> Shape => [.. _taken.Form.Shape.Select(d => d.Extent)];

    /// <summary>The name of the length of its sequences, where they differ in length; else null.</summary>
    public string? Length => _taken.Form.Length;

    /// <summary>Whether samples are sequences that differ in length.</summary>
    public bool HasLength => _taken.Form.Length is not null;

    /// <summary>How many places each of some samples has that are no padding.</summary>
    public int[] Lengths(ReadOnlySpan<byte> samples) => _taken.Form.Lengths(samples);

    /// <summary>Numbers as a byte is one: of pictures that the data store as bytes 255 is 1.</summary>
    public float ByteUnit => Stored.Stored == DType.U8 ? Pixel : 1;

    /// <summary>Samples as a <see cref="Predictor"/> takes them, of what the data would store.</summary>
    public byte[] Presented(byte[] stored) =>
        Stored.Stored == _taken.Form.Stored ? stored : MemoryMarshal.AsBytes(Stored.Numbers(stored).AsSpan()).ToArray();

    /// <summary>Why a number cannot be calculated with; null where each can.</summary>
    public static string? Mistake(ReadOnlySpan<float> numbers)
    {
        int strange = FirstStrange(numbers);
        return strange < 0 ? null : $"element {strange} is no number that a model can calculate with: it must be finite, and 32 bits must hold it";
    }

    /// <summary>Why a symbol is none; null where each is one.</summary>
    public string? Mistake(ReadOnlySpan<int> symbols)
    {
        for (int i = 0; i < symbols.Length; i++)
        {
            bool padding = HasLength && symbols[i] == FieldForm.Padding;
            if (padding || (symbols[i] >= 0 && symbols[i] < (Stored.Symbols ?? int.MaxValue))) continue;
            string known = Stored.Symbols is { } n ? $"the model has the symbols 0 to {n - 1}" : "symbols are whole numbers from 0 on";
            return $"element {i} is {symbols[i]}, which is no symbol: {known}";
        }

        return null;
    }

    // x − x is 0 for what is finite, and no number for the others.
    private static int FirstStrange(ReadOnlySpan<float> numbers)
    {
        int i = 0;
        for (; i <= numbers.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var x = new Vector<float>(numbers[i..]);
            if (!Vector.EqualsAll(x - x, Vector<float>.Zero)) break;
        }

        for (; i < numbers.Length; i++)
        {
            if (!float.IsFinite(numbers[i])) return i;
        }

        return -1;
    }
}
