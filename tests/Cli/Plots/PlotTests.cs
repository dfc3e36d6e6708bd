using System.Xml.Linq;
using Nn.Files;

namespace Nn.Tests.Cli.Plots;

public sealed class PlotTests : IDisposable
{
    private const string Moons = """
        model net { dense 8, tanh; dense classes, softmax }
        data d { builtin moons, samples: 200, noise: 0.15, seed: 2; split 80/20 }
        train { loss cross_entropy; optimizer adam(lr: 0.02); epochs 5; batch 16; metrics accuracy }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("nn-plots").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_curve_of_a_metric_has_a_point_for_each_epoch()
    {
        string file = Path.Combine(_folder, "loss.svg");
        Assert.Contains($"drawn to {file}", Type($"{Moons}\n:train\n:plot loss accuracy > {file}").Out);
        XNamespace svg = "http://www.w3.org/2000/svg";
        XElement[] lines = [.. XDocument.Load(file).Root!.Elements(svg + "polyline")
            .Where(p => p.Attribute("stroke") is not null && ((string)p.Attribute("points")!).Split(' ').Length == 5)];
        // Training and validation.
        Assert.Equal(2, lines.Length);
    }

    [Fact]
    public void Figures_are_drawn_in_the_terminal_and_into_files()
    {
        string file = Path.Combine(_folder, "p");
        Outcome o = Type($"{Moons}\n:train\n:plot boundary\n:plot boundary > {file}.svg\n:plot boundary >{file}.png").Good();
        Assert.True(o.Lines.Length > 10, o.Out);
        Assert.NotNull(XDocument.Load(file + ".svg").Root);
        Assert.True(ImageFile.Load(file + ".png").Width > 1000);
    }

    [Fact]
    public void A_model_of_one_input_is_drawn_as_a_function()
    {
        Outcome o = Type(":load examples/custom.nn\n:train 2 epochs\n:plot function").Good();
        Assert.Contains("wave after 2 epochs", o.Out);
        Assert.Contains("model", o.Out);
    }

    [Fact]
    public void Mistakes_show_images_with_both_names()
    {
        string file = Path.Combine(_folder, "m.svg");
        Type($":load examples/digits.nn\n:train 1 epochs\n:plot mistakes > {file}").Good();
        string[] captions = [.. XDocument.Load(file).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value).Skip(1)];
        Assert.NotEmpty(captions);
        Assert.All(captions, c => Assert.Matches("^([0-9])>(?!\\1)[0-9]$", c));
    }

    [Theory]
    [InlineData(":plot boundry", "did you mean 'boundary'?")]
    [InlineData(":plot loss", "nothing was trained yet")]
    [InlineData(":plot mistakes", "only images can be shown, and there must be mistakes")]
    [InlineData(":plot function", "for one input")]
    [InlineData(":plot data > x.jpg", "written as .svg or .png")]
    [InlineData(":plot data >", "a file follows")]
    [InlineData(":plot weights conv", "no weight is called 'conv'")]
    public void What_cannot_be_drawn_is_explained(string command, string message)
    {
        Outcome o = Type($"{Moons}\n{command}");
        Assert.Equal((int)ExitCode.Usage, o.Code);
        Assert.Contains(message, o.Out);
    }

    private Outcome Type(string input) => Nn.RunWithInput(input, _folder, "repl");
}
