using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Nn.Files;
using Nn.Networks;
using Nn.Tests.Cli.Serving;

namespace Nn.Tests.Cli;

/// <summary>
/// A model of sounds is asked with WAV files, or with their values, by every door: the answer is that of its formula, which is computed here in double
/// precision from the tensors of the checkpoint. Other models refuse sounds.
/// </summary>
public sealed class SoundTests(SoundTests.TrainedSounds sounds) : IClassFixture<SoundTests.TrainedSounds>
{
    private const int Places = 32, Rate = 8000;

    /// <summary>A model of two words, trained by the program.</summary>
    public sealed class TrainedSounds : IDisposable
    {
        private readonly Safetensors _file;

        public TrainedSounds()
        {
            foreach (string word in new[] { "no", "yes" }) Directory.CreateDirectory(Folder.File($"words/{word}"));
            for (int i = 0; i < 20; i++)
                Folder.Write($"words/{(i % 2 == 0 ? "no" : "yes")}/{i:00}.wav", Wave(Rate, Sine(Places, i % 2 == 0 ? 500 : 2000, 0.2 * i)));
            Script = Folder.Write("words.nn", """
                model m { flatten; dense classes, softmax }
                data d { sound "words"; split 80/20, shuffle: false; normalize standard }
                train { loss cross_entropy; optimizer adam(lr: 0.05); epochs 10; batch 8; metrics accuracy }
                """);
            Model = Folder.File("words.safetensors");
            Folder.Run("train", Script, "--save", Model, "--quiet").Good();
            _file = Safetensors.Load(Model);
        }

        public ScriptFolder Folder { get; } = new();

        public string Script { get; }

        public string Model { get; }

        /// <summary>The probabilities of no and yes.</summary>
        public double[] Expected(IReadOnlyList<short> sound)
        {
            double[] w = Tensor("m.dense_1.weight"), b = Tensor("m.dense_1.bias"), scale = Tensor("input_scale"), shift = Tensor("input_shift");
            double[] e = [.. b.Select((bias, u) => Math.Exp(bias + sound.Select((v, i) => (v / 32768.0 * scale[0] + shift[0]) * w[i * b.Length + u]).Sum()))];
            return [.. e.Select(v => v / e.Sum())];
        }

        private double[] Tensor(string name) => [.. MemoryMarshal.Cast<byte, float>(_file.Tensors[name].Bytes).ToArray().Select(v => (double)v)];

        public void Dispose() => Folder.Dispose();
    }

    private static readonly short[] s_sound = Sine(Places, 700, 1);

    [Fact]
    public void The_program_and_the_session_take_a_file_by_the_script_and_by_the_model_alone()
    {
        sounds.Folder.Write("new.wav", Wave(Rate, s_sound));
        string[][] asked =
        [
            ["predict", sounds.Script, "--model", sounds.Model, "--json", "new.wav"], ["predict", sounds.Model, "--json", "new.wav"],
            ["predict", sounds.Model, "--json", .. s_sound.Select(v => (v / 32768f).ToString("R", CultureInfo.InvariantCulture))],
            ["repl", "--json", "-c", $":open {sounds.Model}", "-c", ":predict new.wav"],
        ];
        foreach (string[] words in asked) Assert.All(Outputs(sounds.Folder.Run(words).Good()), o => AssertSame(s_sound, o));
        float[][] several = Outputs(sounds.Folder.Run("predict", sounds.Model, "--json", "new.wav", "words/yes/01.wav").Good());
        Assert.Equal(2, several.Length);
        AssertSame(s_sound, several[0]);
        AssertSame(Sine(Places, 2000, 0.2), several[1]);
    }

    [Fact]
    public void A_file_is_brought_to_the_rate_and_length_of_the_data()
    {
        sounds.Folder.Write("stereo.wav", Wave(Rate, [.. s_sound.SelectMany(v => new short[] { v, v })], channels: 2));
        sounds.Folder.Write("long.wav", Wave(Rate, [.. s_sound, 1, 2, 3]));
        sounds.Folder.Write("short.wav", Wave(Rate, s_sound[..20]));
        float[][] outputs = Outputs(sounds.Folder.Run("predict", sounds.Model, "--json", "stereo.wav", "long.wav", "short.wav").Good());
        AssertSame(s_sound, outputs[0]);
        AssertSame(s_sound, outputs[1]);
        AssertSame([.. s_sound[..20], .. new short[12]], outputs[2]);
        // A slow sine at twice the rate has the same values at every other place; its ends are beside silence.
        short[] slow = Sine(Places, 125, Math.PI / 2);
        sounds.Folder.Write("fast.wav", Wave(2 * Rate, Sine(2 * Places, 125, Math.PI / 2, 2 * Rate)));
        double[] expected = sounds.Expected(slow);
        float[] resampled = Outputs(sounds.Folder.Run("predict", sounds.Model, "--json", "fast.wav").Good())[0];
        Assert.Equal(expected[0], resampled[0], 0.1);
    }

    [Fact]
    public void Programs_ask_with_values()
    {
        using var net = Network.Open(sounds.Model, new NetworkOptions { Device = "cpu" });
        AssertSame(s_sound, net.Predict([.. s_sound.Select(v => v / 32768f)]));
    }

    [Fact]
    public async Task A_server_takes_a_file_by_itself_or_in_base64_or_values()
    {
        using var server = new RunningServer(sounds.Model);
        byte[] file = Wave(Rate, s_sound);
        string text = Convert.ToBase64String(file), values = string.Join(',', s_sound.Select(v => (v / 32768f).ToString("R", CultureInfo.InvariantCulture)));
        foreach (string record in new[] { $$"""{"x":"{{text}}"}""", $$"""{"x":"data:audio/wav;base64,{{text}}"}""", $$"""{"x":[{{values}}]}""", $"[{values}]" })
            AssertSame(s_sound, ServedModels.Numbers(await server.Post("predict", record)));
        AssertSame(s_sound, ServedModels.Numbers(await RunningServer.Read(await server.Client.PostAsync("predict", Audio(file)))));
        JsonElement input = (await server.Get("models"))[0].GetProperty("inputs")[0];
        Assert.Equal("sound", input.GetProperty("kind").GetString());
        Assert.Equal("a sound of 0.004 s at 8,000 values a second", input.GetProperty("says").GetString());
        HttpResponseMessage damaged = await server.Client.PostAsync("predict", Audio(file[..50]));
        Assert.Equal(HttpStatusCode.BadRequest, damaged.StatusCode);
        Assert.Contains("the sound is no WAV file that can be read: it is cut short", await damaged.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        static ByteArrayContent Audio(byte[] file) => new(file) { Headers = { ContentType = new MediaTypeHeaderValue("audio/wav") } };
    }

    [Fact]
    public void What_is_no_sound_and_who_takes_none_is_told()
    {
        sounds.Folder.Write("damaged.wav", Wave(Rate, s_sound)[..50]);
        Asked("damaged.wav").Fails(ExitCode.BadFile, "damaged.wav is no WAV file that can be read: it is cut short: at byte 36");
        sounds.Folder.Write("new.wav", Wave(Rate, s_sound));
        Asked("new.wav", "1").Fails(ExitCode.Usage, "'1' is no WAV file, as the others are");
        Asked("new.png").Fails(ExitCode.Usage, "this model takes samples of 32x1, not images");
        Asked("new.mp3").Fails(ExitCode.Usage, "'new.mp3' is a file; here are numbers or sounds (WAV)");
        string other = sounds.Folder.Write("small.nn", ScriptFolder.Small), model = sounds.Folder.File("small.safetensors");
        sounds.Folder.Run("train", other, "--save", model, "--quiet").Good();
        sounds.Folder.Run("predict", model, "new.wav").Fails(ExitCode.Usage, "this model takes 2 numbers, not sounds");

        Outcome Asked(params string[] words) => sounds.Folder.Run(["predict", sounds.Model, .. words]);
    }

    [Fact]
    public void What_tells_a_sequence_without_an_alignment_has_no_accuracy()
    {
        string script = sounds.Folder.Write("tunes.nn", """
            model m { conv 4, 64, stride: 32, relu; dense classes + 1, log_softmax }
            data d { builtin melodies, rate: 2000, samples: 20; split 80/20 }
            train { loss ctc; optimizer adam; epochs 1; batch 8; metrics accuracy }
            """);
        sounds.Folder.Run("train", script).Fails(ExitCode.Script, "the metric accuracy cannot be computed: it compares what m gives, 61x8, with the target y");
    }

    private void AssertSame(IReadOnlyList<short> sound, float[] output)
    {
        double[] expected = sounds.Expected(sound);
        Assert.Equal(expected.Length, output.Length);
        for (int i = 0; i < output.Length; i++) Assert.Equal(expected[i], output[i], 1e-5);
    }

    private static float[][] Outputs(Outcome o) =>
    [
        .. o.Lines.Select(l => JsonDocument.Parse(l).RootElement).Where(e => e.TryGetProperty("output", out _)).Select(e => ServedModels.Numbers(e)),
    ];

    private static short[] Sine(int places, double frequency, double phase, int rate = Rate) =>
        [.. Enumerable.Range(0, places).Select(t => (short)(16000 * Math.Sin(2 * Math.PI * frequency * t / rate + phase)))];

    private static byte[] Wave(int rate, short[] values, int channels = 1)
    {
        var file = new byte[44 + 2 * values.Length];
        void Number(int at, int n) => BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), n);
        "RIFF    WAVEfmt "u8.CopyTo(file);
        "data"u8.CopyTo(file.AsSpan(36));
        Number(4, file.Length - 8);
        Number(16, 16);
        Number(20, 1 | channels << 16);
        Number(24, rate);
        Number(28, rate * 2 * channels);
        Number(32, 2 * channels | 16 << 16);
        Number(40, file.Length - 44);
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(44 + 2 * i), values[i]);
        return file;
    }
}
