using Nn.Files;

namespace Nn.Tests.Unit.Files;

/// <summary>Sounds at another rate, beside the sines that they were made of.</summary>
public class ResamplingTests
{
    // Frequencies that both rates hold; the ends of a sound are beside silence, and left out.
    [Theory]
    [InlineData(44100, 16000, 440)]
    [InlineData(44100, 16000, 6000)]
    [InlineData(8000, 16000, 3000)]
    [InlineData(16000, 8000, 3000)]
    [InlineData(48000, 16000, 100)]
    [InlineData(16000, 44100, 6500)]
    [InlineData(11025, 8000, 1234.5)]
    [InlineData(8000, 8000, 3900)]
    [InlineData(44101, 16000, 1000)]
    public void A_sine_stays_the_same_sine(int from, int to, double frequency)
    {
        float[] read = Resampling.To(Sine(from, frequency), from, to, to);
        for (int i = to / 20; i < to - to / 20; i++)
        {
            double expected = 0.5 * Math.Sin(2 * Math.PI * frequency * i / to + 0.3);
            Assert.True(Math.Abs(expected - read[i]) < 1e-4, $"value {i} is {read[i]}, the sine has {expected}");
        }
    }

    // What the lower rate cannot hold would come back as another tone.
    [Theory]
    [InlineData(44100, 16000, 8100)]
    [InlineData(44100, 16000, 20000)]
    [InlineData(16000, 8000, 4100)]
    [InlineData(48000, 44100, 23000)]
    public void What_the_new_rate_cannot_hold_is_left_out(int from, int to, double frequency)
    {
        float[] read = Resampling.To(Sine(from, frequency), from, to, to);
        Assert.All(read[(to / 20)..(to - to / 20)], v => Assert.InRange(Math.Abs(v), 0, 0.5 * 2e-4));
    }

    [Fact]
    public void A_constant_stays_what_it_is()
    {
        float[] ones = new float[4410];
        Array.Fill(ones, 1f);
        Assert.All(Resampling.To(ones, 44100, 16000, 1600)[100..1500], v => Assert.Equal(1, v, 1e-6f));
    }

    [Fact]
    public void Behind_the_end_is_silence_and_what_is_too_long_is_cut()
    {
        float[] half = Sine(16000, 440)[..8000];
        float[] read = Resampling.To(half, 16000, 8000, 8000);
        Assert.All(read[4100..], v => Assert.Equal(0, v));
        Assert.Equal(read[..1000], Resampling.To(half, 16000, 8000, 1000));
        Assert.Equal(half, Resampling.To(half, 16000, 16000, 9000)[..8000]);
        Assert.Equal(4000, Resampling.CountOf(8000, 16000, 8000));
    }

    private static float[] Sine(int rate, double frequency) =>
        [.. Enumerable.Range(0, rate).Select(t => (float)(0.5 * Math.Sin(2 * Math.PI * frequency * t / rate + 0.3)))];
}
