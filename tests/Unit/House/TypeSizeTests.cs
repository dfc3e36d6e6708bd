namespace Nn.Tests.Unit.House;

public class TypeSizeTests
{
    private const int Largest = 400;

    public static TheoryData<string> Folders => ["src", "tests", "benchmarks"];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_type_can_be_read_in_one_go(string folder)
    {
        Dictionary<string, int> sizes = TypeSizes.Of(Directory.EnumerateFiles(Checkout.File(folder), "*.cs", SearchOption.AllDirectories)
            .Where(f => !Path.GetRelativePath(Checkout.Root, f).Split(Path.DirectorySeparatorChar).Any(p => p is "bin" or "obj")).Select(File.ReadAllText));
        Assert.NotEmpty(sizes);
        Assert.Empty(sizes.Where(s => s.Value > Largest).Select(s => $"{s.Key}: {s.Value} lines"));
    }

    [Fact]
    public void The_parts_of_a_type_are_one_and_what_stands_above_them_counts()
    {
        const string First = """
            using System;

            namespace A.B;

            /// <summary>One.</summary>
            [Flags]
            public sealed partial class Large<T> : IDisposable
            {
                private sealed class Inner
                {
                }
            }

            internal record Small(
                int A,
                int B);

            internal enum Word { A, B }
            """;
        const string Second = """
            namespace A.B;

            // Two.
            partial class Large<T>
            {
            }

            file interface Small;
            """;
        const string Elsewhere = """
            namespace A;
            public readonly record struct Large(int A)
            {
                public int B => A;
            }
            """;
        Dictionary<string, int> sizes = TypeSizes.Of([First, Second, Elsewhere]);
        Assert.Equal(new Dictionary<string, int> { ["A.B.Large<T>"] = 8 + 4, ["A.B.Small"] = 3 + 1, ["A.B.Word"] = 1, ["A.Large"] = 4 }, sizes);
    }
}
