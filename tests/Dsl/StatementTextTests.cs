using System.Collections;
using System.Reflection;
using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>What is written of syntax is parsed to the same syntax.</summary>
public class StatementTextTests
{
    public static TheoryData<string> Scripts => [.. Directory.GetFiles(Checkout.File("examples"), "*.nn").Select(f => Path.GetFileName(f)).Order()];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void An_example_comes_back(string name)
    {
        foreach (Statement s in Parsed(File.ReadAllText(Checkout.File("examples", name))).Where(s => s is not SearchStatement))
        {
            AssertSame(s, Parsed(StatementText.Of(s)).Single());
            if (s is not TrainStatement { Settings: var all } || all.All(i => i.Blocks.Count == 0)) AssertSame(s, Parsed(StatementText.Inline(s)).Single());
        }
    }

    [Fact]
    public void The_prelude_comes_back()
    {
        Statement[] statements = Parsed(File.ReadAllText(Checkout.File("src", "Dsl", "prelude.nn")));
        Assert.True(statements.Length > 30);
        foreach (Statement s in statements) AssertSame(s, Parsed(StatementText.Of(s)).Single());
    }

    /// <summary>Brackets stand where the grammar would take it otherwise, and nowhere else.</summary>
    [Theory]
    [InlineData("-x ^ 2")]
    [InlineData("(-x) ^ 2")]
    [InlineData("x ^ -2")]
    [InlineData("x ^ y ^ 2")]
    [InlineData("(x ^ y) ^ 2")]
    [InlineData("-x * y")]
    [InlineData("-(x * y)")]
    [InlineData("x - -y")]
    [InlineData("x - (y - 1)")]
    [InlineData("x + (y - 1)")]
    [InlineData("x * (y * 2) + 1")]
    [InlineData("(x < y) == 1")]
    [InlineData("x * (y > 0)")]
    [InlineData("(if x > 0 then x else y) * 2")]
    [InlineData("if x > 0 then x else y * 2")]
    [InlineData("x[0..3, ..]")]
    [InlineData("(x + y)[1..2]")]
    [InlineData("leaky_relu(x, slope: -0.1)")]
    public void An_expression_is_written_as_it_was(string text)
    {
        var fn = (DefinitionStatement)Parsed($"fn f(x, y) = {text}").Single();
        Assert.Equal($"fn f(x, y) = {text}\n", StatementText.Of(fn));
    }

    private static Statement[] Parsed(string text)
    {
        var source = new SourceText("test.nn", text);
        var diagnostics = new Diagnostics(source);
        Script script = ScriptParser.Parse(source, diagnostics);
        diagnostics.ThrowIfAny();
        return [.. script.Statements];
    }

    // All but where it stands.
    private static void AssertSame(object? a, object? b)
    {
        // In whatever kind of list.
        if (a is IEnumerable left and not string)
        {
            object?[] first = [.. left.Cast<object?>()], second = [.. Assert.IsAssignableFrom<IEnumerable>(b).Cast<object?>()];
            Assert.Equal(first.Length, second.Length);
            foreach ((object? p, object? q) in first.Zip(second)) AssertSame(p, q);
            return;
        }

        Assert.Equal(a?.GetType(), b?.GetType());
        if (a is Syntax)
        {
            foreach (PropertyInfo p in a.GetType().GetProperties().Where(p => p.PropertyType != typeof(TextSpan))) AssertSame(p.GetValue(a), p.GetValue(b));
        }
        else
        {
            Assert.Equal(a, b);
        }
    }
}
