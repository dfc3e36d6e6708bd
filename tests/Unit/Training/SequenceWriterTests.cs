using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Sequences that a model writes place by place.</summary>
public class SequenceWriterTests
{
    private const int Places = 5;

    private static readonly string[] s_symbols = [TextTokens.Start, TextTokens.End, "a", "b", "c"];

    private static readonly FieldForm s_form = FieldForm.Classes(s_symbols, new Shape(Places)) with { Unit = TextUnit.Characters };

    // After a comes b, after b c, after c the end; each sample begins with another symbol.
    [Fact]
    public void A_place_is_the_likeliest_symbol_after_those_before_it()
    {
        float[] last = [];
        int runs = 0;
        SequenceWriter.Write(s_form, 3, stored =>
        {
            runs++;
            int[] written = MemoryMarshal.Cast<byte, int>(stored).ToArray();
            last = new float[written.Length * s_symbols.Length];
            for (int i = 0; i < written.Length; i++)
            {
                int next = i % Places == 0 ? 2 + i / Places : written[i - 1] is var before && before == 4 ? 1 : Math.Clamp(before + 1, 1, 4);
                last[i * s_symbols.Length + next] = 0.9f;
            }

            return last;
        });
        int each = Places * s_symbols.Length;
        Assert.Equal(["abc", "bc", "c"], Enumerable.Range(0, 3).Select(s => s_form.Text(SequenceWriter.Symbols(s_form, last.AsSpan(s * each, each)))));
        // Two look whether later places are seen; then one for each place, until the longest has ended.
        Assert.Equal(2 + 4, runs);
    }

    [Fact]
    public void What_never_ends_is_as_long_as_the_longest_of_the_training()
    {
        float[] last = [.. Enumerable.Range(0, Places).SelectMany(_ => new float[] { 0, 0, 0, 1, 0 })];
        SequenceWriter.Write(s_form, 1, _ => last);
        Assert.Equal("bbbbb", s_form.Text(SequenceWriter.Symbols(s_form, last)));
    }

    // What is to stand at a place itself is ahead, too.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public void A_model_that_looks_ahead_is_refused(int ahead)
    {
        NnException e = Assert.Throws<NnException>(() => SequenceWriter.Write(s_form, 2, stored =>
        {
            int[] written = MemoryMarshal.Cast<byte, int>(stored).ToArray();
            return written.SelectMany((_, i) => Enumerable.Repeat((float)written[Math.Min(i + ahead, written.Length - 1)], s_symbols.Length)).ToArray();
        }));
        Assert.Equal(ExitCode.Script, e.Code);
        Assert.Contains("attention 4, causal", e.Message);
    }
}
