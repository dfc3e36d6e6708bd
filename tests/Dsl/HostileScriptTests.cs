using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>Whatever a file holds, a script ends in a meaning or in messages, soon.</summary>
public class HostileScriptTests
{
    // Stacks of main threads are a megabyte on some systems.
    private const int Stack = 1 << 20;

    public static TheoryData<string, string> Hostile() => new()
    {
        { "two megabytes", new string('a', 2 << 20) },
        { "a megabyte of lines", string.Concat(Enumerable.Repeat("let a = 1\n", 100_000)) },
        { "10,000 nested braces", "model net " + string.Concat(Enumerable.Repeat("{ residual ", 10_000)) },
        { "10,000 closed nested braces", "model net " + string.Concat(Enumerable.Repeat("{ residual ", 10_000)) + new string('}', 10_000) },
        { "10,000 nested parentheses", "let a = " + new string('(', 10_000) + "1" + new string(')', 10_000) },
        { "250 nested parentheses", "let a = " + new string('(', 250) + "1" + new string(')', 250) },
        { "250 nested lists", "let a = " + new string('[', 250) + "1" + new string(']', 250) },
        { "250 nested calls", "let a = " + string.Concat(Enumerable.Repeat("sqrt(", 250)) + "1" + new string(')', 250) },
        { "250 nested blocks", "data d { builtin moons }\nmodel net " + string.Concat(Enumerable.Repeat("{ residual ", 250)) + "{ relu }" + new string('}', 250)
            + "\ntrain { loss mse; optimizer adam }" },
        { "100,000 minus signs", "let a = " + new string('-', 100_000) + "1" },
        { "100,000 powers", "let a = 1" + string.Concat(Enumerable.Repeat(" ^ 1", 100_000)) },
        { "100,000 sums", "let a = 1" + string.Concat(Enumerable.Repeat(" + 1", 100_000)) },
        { "100,000 conditions", "let a = " + string.Concat(Enumerable.Repeat("if 1 then 1 else ", 50_000)) + "1" },
        { "100,000 subscripts", "let a = b" + string.Concat(Enumerable.Repeat("[0]", 100_000)) },
        { "100,000 arguments", "let a = [" + string.Concat(Enumerable.Repeat("1, ", 100_000)) + "1]" },
        { "a chain of lets", string.Concat(Enumerable.Range(0, 20_000).Select(i => $"let a{i} = a{i + 1}\n")) + "let a20000 = 1" },
        { "a chain of functions", string.Concat(Enumerable.Range(0, 5_000).Select(i => $"fn f{i}(x) = f{i + 1}(x) + f{i + 1}(x)\n"))
            + "fn f5000(x) = x\ndata d { builtin moons }\nmodel net { dense 2, f0 }\ntrain { loss mse; optimizer adam }" },
        { "a chain of blocks", string.Concat(Enumerable.Range(0, 5_000).Select(i => $"block b{i} {{ b{i + 1}; b{i + 1} }}\n"))
            + "block b5000 { relu }\ndata d { builtin moons }\nmodel net { b0 }\ntrain { loss mse; optimizer adam }" },
        { "repeat of repeats",
            "data d { builtin moons }\nmodel net { repeat 10000 { repeat 10000 { repeat 10000 { dense 2 } } } }\ntrain { loss mse; optimizer adam }" },
        { "a layer of a trillion weights", "data d { builtin moons }\nmodel net { dense 1000000; dense 1000000 }\ntrain { loss mse; optimizer adam }" },
        { "a huge shape", "data d { builtin moons }\nmodel net { reshape 99999x99999x99999 }\ntrain { loss mse; optimizer adam }" },
        { "an overflowing extent", "model net { input 99999999999999999999x2 }" },
        { "bytes that are no text", new string([.. Enumerable.Range(0, 4000).Select(i => (char)(i * 7919 % 65536))]) },
        { "lone surrogates", "let a = \ud800\udc00\udc00\ud800" },
        { "zeros", new string('\0', 1000) },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_scripts_end_soon(string kind, string text)
    {
        _ = kind;
        OnSmallStack(() => Scripts.Mistakes("script.nn", text));
    }

    private static void OnSmallStack(Action action)
    {
        Exception? error = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    action();
                }
                catch (Exception e)
                {
                    error = e;
                }
            },
            Stack)
        { IsBackground = true };
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(60)), "still busy after a minute");
        if (error is not null) throw new InvalidOperationException("the script ended in an exception", error);
    }
}
