using System.Reflection;
using Nn.Dsl;
using Nn.Graphs;

namespace Nn.Tests.Dsl;

/// <summary>
/// Every kind of mistake with the message it gets: <c>tests/golden/diagnostics/KIND.nn</c> beside <c>KIND.txt</c>. With <c>NN_UPDATE_GOLDEN=1</c> the
/// messages are written anew, to be read before they are committed.
/// </summary>
public class DiagnosticsTests
{
    private const string Folder = "tests/golden/diagnostics";

    public static TheoryData<string> Kinds()
    {
        var kinds = new TheoryData<string>();
        foreach (string file in Scripts.Files(Folder, "*.nn")) kinds.Add(Path.GetFileNameWithoutExtension(file));
        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_mistake_gets_its_message(string kind)
    {
        string path = Path.Combine(Scripts.Root, Folder, kind);
        string message = Scripts.Mistakes($"{kind}.nn", File.ReadAllText(path + ".nn")) + "\n";
        Checkout.AssertGolden(message, "diagnostics", $"{kind}.txt");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_message_shows_the_place(string kind)
    {
        string text = File.ReadAllText(Path.Combine(Scripts.Root, Folder, kind + ".nn"));
        var e = Assert.Throws<ScriptException>(() => Scripts.Bind("script.nn", text));
        Assert.Equal(ExitCode.Script, e.Code);
        foreach (Diagnostic d in e.Diagnostics)
        {
            string[] lines = d.ToString().Split('\n');
            Assert.Matches(@"^script\.nn:\d+:\d+: error: .", lines[0]);
            // The mark stands below the first character of the mistake.
            int mark = lines[2].IndexOf('^');
            string shown = text.Substring(Math.Min(d.Span.Start, text.Length), Math.Min(1, text.Length - d.Span.Start)).Trim('\n');
            Assert.Equal(shown, lines[1].Substring(mark, Math.Min(shown.Length, lines[1].Length - mark)));
        }
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        var e = Assert.Throws<ScriptException>(() => Scripts.Bind("script.nn", """
            data points { builtin moon }
            model net { dnse 4, relu; dense 3, rleu }
            let a = b + 1
            """));
        Assert.Equal([1, 2, 2, 3], e.Diagnostics.Select(d => d.Source.Position(d.Span.Start).Line));
    }

    /// <summary>The named constructors of mistakes: methods of <see cref="Diagnostics"/>, static methods of <see cref="BindError"/>.</summary>
    public static TheoryData<string> Constructors() => [.. MethodsOfKinds.Select(m => m.Name).Distinct()];

    [Theory]
    [MemberData(nameof(Constructors))]
    public void Every_kind_of_mistake_has_a_script(string kind)
    {
        MethodInfo constructor = MethodsOfKinds.First(m => m.Name == kind);
        // A script that is too large would be no text to keep.
        string golden = string.Concat(Scripts.Files(Folder, "*.txt").Concat(Scripts.Files("tests/golden/warnings", "*.txt")).Select(File.ReadAllText))
            + Scripts.Mistakes("large.nn", new string('a', 2 << 20));
        var diagnostics = new Diagnostics(new SourceText("script.nn", "x"));
        object? made = constructor.Invoke(constructor.IsStatic ? null : diagnostics, [.. constructor.GetParameters().Select(Sample)]);
        // What the message says whatever it is about.
        string stem = (made is BindError e ? e.Message : diagnostics.All.Single().Message).Split('§', '0', '7').MaxBy(s => s.Length)!.Trim();
        Assert.True(golden.Contains(stem, StringComparison.Ordinal), $"no golden message has '{stem}'");
    }

    private static IEnumerable<MethodInfo> MethodsOfKinds =>
    [
        .. typeof(Diagnostics).GetMethods(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Where(m => m.IsAssembly && m.Name is not (nameof(Diagnostics.Report) or nameof(Diagnostics.Warn))),
        .. typeof(BindError).Assembly.GetTypes().Where(t => t == typeof(BindError) || t is { IsAbstract: true, IsSealed: true, Namespace: "Nn.Dsl" })
            .SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.Public)).Where(m => m.ReturnType == typeof(BindError)),
    ];

    private static object? Sample(ParameterInfo p)
    {
        Type type = p.ParameterType;
        if (type == typeof(string)) return "§";
        if (type == typeof(TextSpan)) return new TextSpan(0, 1);
        if (type == typeof(Token)) return new Token(TokenKind.Name, "§", new TextSpan(0, 1));
        if (type == typeof(NameExpr)) return new NameExpr(new TextSpan(0, 1), "§");
        if (type == typeof(Shape)) return new Shape(0);
        if (type == typeof(int)) return 7;
        if (type == typeof(int?)) return null;
        return type.IsValueType ? Activator.CreateInstance(type) : new[] { "§" };
    }
}
