using Nn.Graphs;

namespace Nn.Dsl;

/// <summary>Mistakes about sounds, and about sequences that nobody aligned with them; named constructors, one a kind of mistake.</summary>
internal static class SoundErrors
{
    public static BindError WantsSound(TextSpan span, string layer, Shape given) => new BindError(
        span, $"{layer} wants sounds of one channel (places x 1), but the value before it is {BindError.Sample(given)}",
        "put it before the layers that make images or several channels of the sound");

    public static BindError WantsSpectrogram(TextSpan span, string layer, Shape given) => new BindError(
        span, $"{layer} wants spectrograms (time x frequencies x 1), but the value before it is {BindError.Sample(given)}",
        "put it right after a spectrogram: spectrogram window: 512, hop: 256");

    public static BindError WantsBlank(TextSpan span, int classes, Shape given) => new BindError(
        span, $"ctc takes a number for each of the {classes} symbols and one for the blank, but the model gives {BindError.Sample(given)}",
        "end the model with: dense classes + 1, log_softmax");

    public static BindError TooFewPlaces(TextSpan span, int longest, Shape given) => new BindError(
        span, $"ctc: the longest target has {longest} symbols, but the model gives {BindError.Sample(given)}: each symbol needs a place",
        "give more places: a smaller hop or stride, or fewer pools");

    public static BindError NoSequences(TextSpan span, Shape given) => new BindError(
        span, $"ctc wants sequences of symbols as targets, not {BindError.Sample(given)}", "for one class a sample or a place: loss nll");

    public static BindError EmptyBand(TextSpan span, int bands, int band, double low, double high, double apart) => new BindError(
        span, $"mel: of {bands} bands, band {band} ({low:0.#} to {high:0.#} Hz) has no frequency of the spectrogram in it: these are {apart:0.##} Hz apart",
        "use fewer bands, or a longer window");
}
