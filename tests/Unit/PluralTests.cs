namespace Nn.Tests.Unit;

public class PluralTests
{
    [Theory]
    [InlineData(0, "row", "0 rows")]
    [InlineData(1, "row", "1 row")]
    [InlineData(2, "class", "2 classes")]
    [InlineData(1, "class", "1 class")]
    [InlineData(12345, "number", "12,345 numbers")]
    public void One_is_one(long count, string one, string said) => Assert.Equal(said, Plural.Of(count, one));

    /// <summary>What is told of a table of one column, one row and one class.</summary>
    [Fact]
    public void A_table_of_one_column_has_one()
    {
        IReadOnlyList<string> notes = new Training.Script(
            "model m { dense 1 }\ndata d { csv \"data.csv\"; inputs [a]; target y; split 90/10 }\ntrain { loss mse(m(x), m(x)); optimizer adam }",
            "a,y\n1,red\n2,red\n3,red\n4,red\n").Data.Notes;
        Assert.Contains(notes, n => n.Contains("1 class (red)"));
        Assert.DoesNotContain(notes, n => n.Contains("1 classes"));
    }
}
