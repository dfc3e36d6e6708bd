using System.Runtime.InteropServices;
using Nn.Data;

namespace Nn.Training;

/// <summary>
/// Writes the sequences that a model answers with, place by place: each place is the likeliest symbol after those before it, until the symbol of the end comes
/// or the longest length of the training is reached. What a model that sees earlier places only gives for a place is the same whatever stands behind it, so the
/// whole sequence is asked for each time.
/// </summary>
public static class SequenceWriter
{
    /// <summary>Writes the sequences of some samples. The outputs of the last run are those for them: their likeliest symbols are the sequences.</summary>
    /// <param name="form">Of the sequences.</param>
    /// <param name="samples">How many at once.</param>
    /// <param name="run">From sequences of the longest length, as they are stored, to the output: a number for each symbol at each place.</param>
    /// <exception cref="NnException">The output looks at places that are not written yet.</exception>
    public static void Write(FieldForm form, int samples, Func<byte[], ReadOnlyMemory<float>> run)
    {
        int places = form.Shape[0], symbols = form.Symbols!.Value;
        var written = new int[samples * places];
        var ended = new bool[samples];
        CheckOrder(written, places, symbols, run);
        ReadOnlyMemory<float> output = run(Bytes(written));
        for (int p = 0; p < places; p++)
        {
            for (int s = 0; s < samples; s++)
            {
                int at = s * places + p;
                written[at] = Likeliest(output.Span.Slice(at * symbols, symbols));
                ended[s] |= form.Names[written[at]] == TextTokens.End;
            }

            if (Array.TrueForAll(ended, e => e) || p == places - 1) break;
            output = run(Bytes(written));
        }
    }

    /// <summary>The symbols of a sequence by the first output for it, up to the end.</summary>
    /// <param name="form">Of the sequences.</param>
    /// <param name="output">A number for each symbol at each place.</param>
    public static int[] Symbols(FieldForm form, ReadOnlySpan<float> output)
    {
        int symbols = form.Symbols!.Value, places = output.Length / symbols;
        var all = new List<int>(places);
        for (int p = 0; p < places; p++)
        {
            int next = Likeliest(output.Slice(p * symbols, symbols));
            if (form.Names[next] == TextTokens.End) break;
            all.Add(next);
        }

        return [.. all];
    }

    // A model whose answer for a place depends on that place or on later ones was trained on what it is to find out, and would write nonsense.
    private static void CheckOrder(int[] written, int places, int symbols, Func<byte[], ReadOnlyMemory<float>> run)
    {
        if (places == 1 || symbols == 1) return;
        float[] one = run(Bytes(written)).ToArray();
        ReadOnlySpan<float> other = run(Bytes([.. written.Select(_ => symbols - 1)])).Span;
        for (int at = 0; at < one.Length; at += places * symbols)
        {
            if (one.AsSpan(at, symbols).SequenceEqual(other.Slice(at, symbols))) continue;
            throw new NnException(ExitCode.Script,
                "the model looks at places of its answer that are not written yet, so it cannot write one; let its layers see earlier places only: "
                    + "attention 4, causal, or a recurrent layer that is not bidirectional");
        }
    }

    // The first of several that are the largest, as everywhere.
    private static int Likeliest(ReadOnlySpan<float> of)
    {
        int best = 0;
        for (int i = 1; i < of.Length; i++)
        {
            if (of[i] > of[best]) best = i;
        }

        return best;
    }

    private static byte[] Bytes(int[] symbols) => MemoryMarshal.AsBytes(symbols.AsSpan()).ToArray();
}
