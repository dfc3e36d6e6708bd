using Nn.Data;
using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>What is suggested in place of a name that means nothing.</summary>
public class SuggestTests
{
    [Fact]
    public void A_name_is_never_suggested_in_its_own_place()
    {
        Assert.Null(Suggest.Nearest("classes", ["classes"]));
        Assert.Equal("Classes", Suggest.Nearest("classes", ["classes", "Classes"]));
        Assert.Equal("dense", Suggest.Nearest("dnse", ["dnse", "dense"]));
    }

    [Fact]
    public void Classes_that_are_numbers_in_a_table_are_made_words()
    {
        string folder = Directory.CreateTempSubdirectory("nn-classes-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "t.csv"), "a,kind\n1,0\n2,1\n3,2\n4,1\n");
            string text = "data d { csv \"t.csv\"; target kind }\nmodel net { dense classes, softmax }\ntrain { loss cross_entropy; optimizer adam }";
            BoundScript Bind(string script) => Binder.Bind(new SourceText("script.nn", script), BindOptions.None, s => DataLoader.Load(s, [folder]).Schema);
            Diagnostic mistake = Assert.Single(Assert.Throws<ScriptException>(() => Bind(text)).Diagnostics);
            Assert.Contains("the data have no classes", mistake.Message);
            Assert.EndsWith("write in data: types kind: word", mistake.Help);
            Assert.NotNull(Bind(text.Replace("target kind", "target kind; types kind: word")).Training);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
