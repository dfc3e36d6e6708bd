using Nn.Files;

namespace Nn.Tests.Cli;

/// <summary>Scripts whose trainings are run one after the other.</summary>
[Collection(nameof(OwnConsole))]
public sealed class SeveralTrainingsTests : IDisposable
{
    private const string First = "train eye on d { loss cross_entropy; optimizer adam(lr: 0.01); epochs 3; batch 16 }\n";

    private const string Models = """
        model eye { dense 6, tanh; dense classes, softmax }
        model ear { dense 4, tanh; dense classes, softmax }
        data d { builtin moons, samples: 100; split 80/20 }
        data e { builtin blobs, samples: 90, classes: 3; split 80/20 }

        """;

    private const string Script = Models + First + """
        train ear on e { loss cross_entropy; optimizer adam(lr: 0.01); epochs 4; batch 16; metrics accuracy }
        """;

    private const string Picture = """
        model eye { flatten; dense 3, softmax }
        layer canvas { w = param [4, 4, 1], init: uniform(0.4, 0.6); sigmoid(w) }
        model picture { canvas }
        data d { builtin digits, samples: 64, classes: 3; split 80/20 }
        train picture { loss mean((picture() - 0.75) ^ 2); optimizer adam(lr: 0.1); steps 100; show picture }
        """;

    private readonly ScriptFolder _folder = new(within: true);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("; average weights: 0.9")]
    public void Each_begins_with_what_those_before_it_left_and_the_file_holds_all(string average)
    {
        string first = First.Replace("; batch 16", $"; batch 16{average}");
        _folder.Write("a.nn", Script.Replace(First, first));
        string[] lines = _folder.Run("train", "a.nn", "--save", "both").Good().Lines;
        Assert.Contains(lines, l => l.StartsWith("training 1 of 2, eye: 32 parameters"));
        Assert.Contains(lines, l => l.StartsWith("training 2 of 2, ear: 27 parameters"));
        // The first alone, as a script of one training.
        _folder.Write("one.nn", Models + first);
        _folder.Run("train", "one.nn", "--quiet", "--save", "eye").Good();
        Safetensors both = Safetensors.Load(_folder.File("both")), eye = Safetensors.Load(_folder.File("eye"));
        foreach ((string name, StoredTensor tensor) in eye.Tensors.Where(t => t.Key.StartsWith("eye."))) Assert.Equal(tensor.Bytes, both.Tensors[name].Bytes);
        Assert.Equal(4, both.Tensors.Keys.Count(n => n.StartsWith("eye.")));
        // Three classes: the data of the last training, not those of the first.
        Assert.Contains("val_accuracy", _folder.Run("eval", "both").Good().Out);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(6)]
    public void A_training_interrupted_in_either_goes_on_to_the_same_bytes(int epochs)
    {
        _folder.Write("a.nn", Script);
        _folder.Run("train", "a.nn", "--quiet", "--save", "whole").Good();
        // A checkpoint of each training as it was saved after some epochs.
        string half = Models + First.Replace("epochs 3", $"epochs {Math.Min(epochs, 3)}") + (epochs > 3
            ? $"train ear on e {{ loss cross_entropy; optimizer adam(lr: 0.01); epochs {epochs - 3}; batch 16; metrics accuracy }}"
            : "");
        _folder.Write("half.nn", half);
        _folder.Run("train", "half.nn", "--quiet", "--save", "half").Good();
        Outcome resumed = _folder.Run("train", "a.nn", "--quiet", "--resume", "half", "--save", "rest");
        Assert.Equal(0, resumed.Code);
        Safetensors whole = Safetensors.Load(_folder.File("whole")), rest = Safetensors.Load(_folder.File("rest"));
        Assert.Equal(whole.Tensors.Keys.Order(), rest.Tensors.Keys.Order());
        Assert.All(whole.Tensors, t => Assert.Equal(t.Value.Bytes, rest.Tensors[t.Key].Bytes));
    }

    [Fact]
    public void A_picture_is_shown_at_the_end_and_drawn()
    {
        _folder.Write("a.nn", Picture);
        string[] lines = _folder.Run("train", "a.nn", "--save", "m").Good().Lines;
        // Two rows of pixels a line, all of one shade.
        string[] shown = lines[^2..];
        Assert.All(shown, l => Assert.Single(l.Distinct()));
        Assert.Contains("picture in p.png", _folder.Run("sample", "a.nn", "--model", "m", "--out", "p.png").Good().Out);
        RasterImage image = Png.Decode(File.ReadAllBytes(_folder.File("p.png")), "p.png");
        Assert.InRange(image.Pixels[(image.Width + 1) * 10], 255 * 0.75 - 2, 255 * 0.75 + 2);
    }

    [Fact]
    public void Mistakes_of_all_are_told_before_the_first_begins()
    {
        _folder.Write("a.nn", Script.Replace("loss cross_entropy; optimizer adam(lr: 0.01); epochs 4", "loss cross_entropi; optimizer adam; epochs 4"));
        Outcome o = _folder.Run("train", "a.nn").Fails(ExitCode.Script, "cross_entropi");
        Assert.Equal("", o.Out);
    }

    [Fact]
    public void One_after_the_other_at_the_prompt_too()
    {
        _folder.Write("a.nn", Script);
        _folder.Run("train", "a.nn", "--quiet", "--save", "whole").Good();
        string input = $":load {_folder.File("a.nn")}\n:train 1 epochs\n:train\n:save {_folder.File("m")}\n:quit\n";
        Outcome o = Nn.RunWithInput(input, _folder.File("state"), "repl").Good();
        Assert.Contains("training 2 of 2: ear", o.Out);
        Safetensors whole = Safetensors.Load(_folder.File("whole")), typed = Safetensors.Load(_folder.File("m"));
        Assert.All(whole.Tensors, t => Assert.Equal(t.Value.Bytes, typed.Tensors[t.Key].Bytes));
    }

    [Fact]
    public void Neither_a_search_nor_folds_are_of_several()
    {
        _folder.Write("a.nn", Script);
        _folder.Run("cv", "a.nn").Fails(ExitCode.Script, "2 trainings");
    }
}
