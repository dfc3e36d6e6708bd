using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;

namespace Nn.Tests.Unit.Data;

/// <summary>A folder of sounds for each class: brought to one rate and one length, and what is told where that cannot be.</summary>
public sealed class SoundFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sounds_of_each_folder_are_of_its_class()
    {
        Write("words/no/a.wav", 8000, 0.25f, 80);
        Write("words/yes/b.WAV", 8000, 0.5f, 80);
        Write("words/yes/c.wav", 8000, -0.5f, 80);
        _folder.Write("words/yes/.d.wav", "hidden");
        _folder.Write("words/yes/readme.txt", "no sound");
        LoadedData data = Load(new DataSpec { Name = "d", Source = DataSource.Sound, Path = "words" });
        Assert.Equal(new Shape(80, 1), data.Input.Shape);
        Assert.Equal(8000, data.Input.Rate);
        Assert.Equal(["no", "yes"], data.Target.Names);
        Assert.Equal([0, 1, 1], MemoryMarshal.Cast<byte, int>(data.Training.Target).ToArray());
        Assert.Equal([0.25f, 0.5f, -0.5f], Values(data).Chunk(80).Select(s => s.Distinct().Single()));
        Assert.Contains("3 sounds of 0.01 s at 8,000 values a second", data.Notes);
        Assert.Contains("2 files that are no WAV passed over: 1 .txt, 1 .wav", data.Notes);
    }

    [Fact]
    public void Stated_rate_and_length_are_those_of_all_sounds()
    {
        Write("words/a/short.wav", 8000, 0.5f, 1000);
        Write("words/b/long.wav", 16000, 0.5f, 8000, channels: 2);
        LoadedData data = Load(new DataSpec { Name = "d", Source = DataSource.Sound, Path = "words", Rate = 8000, Seconds = 0.25 });
        float[][] each = [.. Values(data).Chunk(2000)];
        Assert.Equal(new Shape(2000, 1), data.Input.Shape);
        Assert.All(each[0][..1000], v => Assert.Equal(0.5f, v));
        Assert.All(each[0][1000..], v => Assert.Equal(0, v));
        Assert.All(each[1][100..], v => Assert.Equal(0.5, v, 1e-4));
        Assert.Superset(
            new HashSet<string>(
            [
                "1 sound mixed down to one channel", "1 sound brought to another rate", "1 sound cut at the end", "1 sound filled with silence",
            ]),
            data.Notes.ToHashSet());
    }

    [Fact]
    public void A_trained_model_has_its_rate_length_and_classes()
    {
        Write("words/yes/a.wav", 16000, 0.5f, 3000);
        var trained = new Schema(new FieldForm(new Shape(1000, 1), DType.F32) { Rate = 8000 }, FieldForm.Classes(["no", "yes"]));
        LoadedData data = Load(new DataSpec { Name = "d", Source = DataSource.Sound, Path = "words", Trained = trained });
        Assert.Equal(new Shape(1000, 1), data.Input.Shape);
        Assert.Equal(8000, data.Input.Rate);
        Assert.Equal([1], MemoryMarshal.Cast<byte, int>(data.Training.Target).ToArray());
    }

    [Theory]
    [InlineData(16000, 80, "sounds differ in rate: ", "has 8,000 values a second, ", " 16,000; bring them to one: sound \"words\", rate: 8000")]
    [InlineData(8000, 90, "sounds differ in length: ", "has 0.01 s at 8,000 values a second, ", " 0.0113 s; bring them to one: sound \"words\", seconds: 0.01")]
    public void Sounds_that_differ_are_told_with_what_to_write(int rate, int places, params string[] parts)
    {
        Write("words/a/first.wav", 8000, 0.5f, 80);
        Write("words/a/second.wav", rate, 0.5f, places);
        NnException e = Assert.Throws<NnException>(() => Load(new DataSpec { Name = "d", Source = DataSource.Sound, Path = "words" }));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.All(parts, p => Assert.Contains(p, e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_class_without_sounds_and_a_folder_without_classes_are_told()
    {
        _folder.Write("words/a/song.mp3", "…");
        Assert.Contains("has no WAV file but 1 .mp3, as song.mp3; convert what are sounds to WAV, or remove the folder", Refused(), StringComparison.Ordinal);
        Directory.Delete(_folder.File("words/a"), recursive: true);
        Assert.Contains("is empty; it needs a folder of sounds, WAV, for each class", Refused(), StringComparison.Ordinal);
        Write("words/a.wav", 8000, 0.5f, 80);
        Assert.Contains("has sounds but no folders; put those of each class into a folder named for it", Refused(), StringComparison.Ordinal);

        string Refused() => Assert.Throws<NnException>(() => Load(new DataSpec { Name = "d", Source = DataSource.Sound, Path = "words" })).Message;
    }

    private LoadedData Load(DataSpec spec) => DataLoader.Load(spec, [_folder.Path]);

    private static float[] Values(LoadedData data) => MemoryMarshal.Cast<byte, float>(data.Training.Input).ToArray();

    // Of one number, as floating point of 32 bits.
    private void Write(string name, int rate, float value, int places, int channels = 1)
    {
        var file = new byte[44 + 4 * places * channels];
        void Number(int at, int n) => BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), n);
        "RIFF    WAVEfmt "u8.CopyTo(file);
        "data"u8.CopyTo(file.AsSpan(36));
        Number(4, file.Length - 8);
        Number(16, 16);
        Number(20, 3 | channels << 16);
        Number(24, rate);
        Number(28, rate * 4 * channels);
        Number(32, 4 * channels | 32 << 16);
        Number(40, file.Length - 44);
        for (int i = 44; i < file.Length; i += 4) BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(i), value);
        _folder.Write(name, file);
    }
}
