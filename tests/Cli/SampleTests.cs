using Nn.Files;

namespace Nn.Tests.Cli;

/// <summary>Pictures of what models make.</summary>
[Collection(nameof(OwnConsole))]
public sealed class SampleTests : IDisposable
{
    private const string Adversaries = """
        model generator { input 8; dense 16, relu; batchnorm; dense 784, tanh }
        model critic { input 784; dense 8, relu; dense 1, sigmoid }
        data d { builtin digits, samples: 64; normalize range: -1..1 }
        train on d {
          step critic { loss bce(critic(flatten(x)), 0.9) + bce(critic(generator(normal(8))), 0); optimizer adam(lr: 1e-3) }
          step generator { loss bce(critic(generator(normal(8))), 1); optimizer adam(lr: 1e-3) }
          epochs 2; batch 32
        }
        """;

    private readonly ScriptFolder _folder = new(within: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Samples_of_each_epoch_and_of_a_saved_model()
    {
        _folder.Write("a.nn", Adversaries);
        _folder.Run("train", "a.nn", "--samples", "sheets", "--save", "m").Good();
        RasterImage first = ImageFile.Load(_folder.File("sheets/epoch-001.png")), last = ImageFile.Load(_folder.File("sheets/epoch-002.png"));
        // 8 by 8 tiles of 28 pixels, drawn twice as large, two pixels apart.
        Assert.Equal((8 * 58 + 2, 8 * 58 + 2, 1), (first.Height, first.Width, first.Channels));
        Assert.NotEqual(first.Pixels, last.Pixels);

        Assert.Equal("64 samples of generator in s.png\n", _folder.Run("sample", "a.nn", "--model", "m", "--out", "s.png").Good().Out);
        Assert.Equal(last.Pixels, ImageFile.Load(_folder.File("s.png")).Pixels);
        _folder.Run("sample", "a.nn", "--model", "m", "-n", "5", "--of", "generator", "--out", "few.png").Good();
        Assert.Equal((2 * 58 + 2, 3 * 58 + 2), (ImageFile.Load(_folder.File("few.png")).Height, ImageFile.Load(_folder.File("few.png")).Width));
        _folder.Run("sample", "a.nn", "--model", "m", "--of", "critic").Fails(ExitCode.Usage, "critic gives 1, not an image of 28x28x1");
        _folder.Run("sample", "a.nn", "--model", "m", "--of", "painter").Fails(ExitCode.Usage, "there is no model 'painter'; there is generator, critic");
        _folder.Run("sample", "a.nn").Fails(ExitCode.Usage, "nn sample needs a trained model");
    }

    [Fact]
    public void Inputs_stand_above_what_a_model_remakes_of_them()
    {
        _folder.Write("a.nn", """
            model same { flatten; dense 784; reshape 28x28x1 }
            data d { builtin digits, samples: 10; split 60/40; normalize standard }
            train on d { loss mse(same(x), x); optimizer adam; batch all }
            """);
        _folder.Run("train", "a.nn", "--save", "m").Good();
        _folder.Run("sample", "a.nn", "--model", "m", "-n", "4", "--out", "s.png").Good();
        RasterImage sheet = ImageFile.Load(_folder.File("s.png"));
        Assert.Equal((4 * 58 + 2, 2 * 58 + 2), (sheet.Height, sheet.Width));
        // The corner of a digit's image is empty: black in the original.
        Assert.Equal(0, sheet.Pixels[2 * sheet.Width + 2]);
    }

    /// <summary>Of several models, one that is not what the training is about, used on images as they are or flattened; it need not look at them.</summary>
    [Theory]
    [InlineData("dense 784, sigmoid", "flatten(x)")]
    [InlineData("constant 784", "flatten(x)")]
    [InlineData("flatten; constant 784; reshape 28x28x1", "x")]
    public void A_model_beside_the_one_that_is_measured_remakes_inputs(string layers, string input)
    {
        _folder.Write("a.nn", $$"""
            layer constant(n) { w = param [n], init: constant(0.25); it[.., 0..1] * 0 + w }
            model remade { {{layers}} }
            model net { flatten; dense classes, softmax }
            data d { builtin digits, samples: 20; split 50/50; normalize none }
            train net on d {
              step net { loss cross_entropy(net(x), y); optimizer adam }
              step remade { loss mse(remade({{input}}), {{input}}); optimizer sgd(lr: 0) }
              epochs 1; metrics accuracy; early_stop val_accuracy
            }
            """);
        _folder.Run("train", "a.nn", "--save", "m").Good();
        Assert.Equal("4 samples of remade in s.png\n", _folder.Run("sample", "a.nn", "--model", "m", "-n", "4", "--of", "remade", "--out", "s.png").Good().Out);
        RasterImage sheet = ImageFile.Load(_folder.File("s.png"));
        Assert.Equal((4 * 58 + 2, 2 * 58 + 2), (sheet.Height, sheet.Width));
        // The corner of an image is empty, and below it a quarter of white where a constant is made.
        Assert.Equal(0, sheet.Pixels[2 * sheet.Width + 2]);
        if (layers.Contains("constant", StringComparison.Ordinal)) Assert.InRange(sheet.Pixels[60 * sheet.Width + 2], 63, 65);
    }

    [Fact]
    public void Points_are_not_drawn()
    {
        _folder.Write("a.nn", ScriptFolder.Small);
        _folder.Run("train", "a.nn", "--samples", "s").Fails(ExitCode.Usage, "samples are drawn of images");
    }
}
