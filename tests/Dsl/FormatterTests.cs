using Nn.Dsl;

namespace Nn.Tests.Dsl;

public class FormatterTests
{
    public static TheoryData<string> Examples() => [.. Scripts.Files("examples", "*.nn").Select(f => Path.GetFileName(f)!)];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Formatting_twice_is_formatting_once(string file)
    {
        string once = Format(File.ReadAllText(Path.Combine(Scripts.Root, "examples", file)));
        Assert.Equal(once, Format(once));
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Examples_are_formatted(string file)
    {
        string text = File.ReadAllText(Path.Combine(Scripts.Root, "examples", file));
        Assert.Equal(text, Format(text));
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Formatting_keeps_the_meaning(string file)
    {
        // Without spaces a script is formatted back to the same tokens and the same comments.
        string text = File.ReadAllText(Path.Combine(Scripts.Root, "examples", file));
        string crammed = string.Join('\n', text.Split('\n').Select(l => l.Contains('#') ? l : Cram(l)));
        Assert.Equal(Tokens(text), Tokens(Format(crammed)));
    }

    [Fact]
    public void Comments_and_blank_lines_stay()
    {
        Assert.Equal(
            """
            # about the script

            let a = 1   # the first
            # between
            let b = 2 * a

            model net {  # layers
              # nothing yet
              dense 4
            }
            """ + "\n",
            Format("""

            # about the script


            let a=1   # the first
            # between
            let b = 2*a

            model net{  # layers
            # nothing yet
            dense   4
            }
            """));
    }

    [Theory]
    [InlineData("let a = -1", "let a = -1")]
    [InlineData("let a=2- -1", "let a = 2 - -1")]
    [InlineData("let a = b [ 1 ]", "let a = b [1]")]
    [InlineData("fn f ( x,y=1 )=x^-y", "fn f (x, y = 1) = x ^ -y")]
    [InlineData("data d { builtin moons ;split 80 / 20 }", "data d { builtin moons; split 80/20 }")]
    [InlineData("let lr = 1e-3 -> 1e-5", "let lr = 1e-3 -> 1e-5")]
    [InlineData("data d { builtin moons; split 70 / 15/ 15 }", "data d { builtin moons; split 70/15/15 }")]
    [InlineData("let a=1/2*x", "let a = 1 / 2 * x")]
    [InlineData("let a=x/(2)", "let a = x / (2)")]
    [InlineData("let a=b[0 .. 3]", "let a = b[0..3]")]
    [InlineData("let a=b[ .. , 1 .. ]", "let a = b[.., 1..]")]
    [InlineData("let a=[ -1,-2 , x-1 ]", "let a = [-1, -2, x - 1]")]
    [InlineData("let a=f( -x )", "let a = f(-x)")]
    [InlineData("let a=(x)[1]", "let a = (x)[1]")]
    [InlineData("let a=b@c", "let a = b @ c")]
    [InlineData("let a=b . c", "let a = b.c")]
    [InlineData("let a=b-(-c)", "let a = b - (-c)")]
    [InlineData("let a=(b)-c", "let a = (b) - c")]
    [InlineData("let a=b[1]-c", "let a = b[1] - c")]
    [InlineData("let a = if b then-1 else-2", "let a = if b then -1 else -2")]
    [InlineData("layer l { w=param[2],init:zeros; it+w }", "layer l { w = param [2], init: zeros; it + w }")]
    [InlineData("fn f(x) = if x>0 then -x else(x+1)*2", "fn f(x) = if x > 0 then -x else (x + 1) * 2")]
    [InlineData("let a=b[1,..]", "let a = b[1, ..]")]
    [InlineData("layer l { s=state[2]; it+s }", "layer l { s = state [2]; it + s }")]
    [InlineData("fn f(x) = if(x>0)then(x)else(-x)", "fn f(x) = if (x > 0) then (x) else (-x)")]
    [InlineData("search grid { a in[2,4] }", "search grid { a in [2, 4] }")]
    [InlineData("data d { csv \"a#1.csv\";target y }  # of \"b#2.csv\"", "data d { csv \"a#1.csv\"; target y }  # of \"b#2.csv\"")]
    public void One_space_between_tokens(string text, string formatted) => Assert.Equal(formatted + "\n", Format(text));

    [Theory]
    [InlineData("conv 6, 5x5\n  maxpool 2x2", "conv 6, 5x5\n  maxpool 2x2")]
    [InlineData("conv  6, 5x5; relu\n  maxpool 2x2", "conv    6, 5x5; relu\n  maxpool 2x2")]
    public void Layers_stand_below_each_other_where_the_author_began_it(string body, string formatted) =>
        Assert.Equal($"model m {{\n  {formatted}\n}}\n", Format($"model m {{\n  {body}\n}}"));

    [Fact]
    public void A_script_with_mistakes_is_left_alone() => Assert.Throws<ScriptException>(() => Format("let a = (1"));

    private static string Format(string text) => Formatter.Format(new SourceText("script.nn", text));

    private static string Cram(string line)
    {
        // Spaces between two words or numbers have a meaning.
        string words = System.Text.RegularExpressions.Regex.Replace(line, @"(?<=\w)\s+(?=[\w.""])", " ");
        return System.Text.RegularExpressions.Regex.Replace(words, @"(?<=[{};,=:<>*+])[ ]+(?=[\w(""])", "");
    }

    private static List<string> Tokens(string text)
    {
        var source = new SourceText("script.nn", text);
        return [.. Lexer.Tokenize(source, new Diagnostics(source)).Where(t => t.Kind != TokenKind.Separator).Select(t => t.Describe()),
            .. text.Split('\n').Where(l => l.Contains('#')).Select(l => l[l.IndexOf('#')..].Trim())];
    }
}
