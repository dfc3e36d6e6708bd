using Nn.Repl.Terminal;

namespace Nn.Tests.Cli;

public class ToldTests
{
    public static TheoryData<RemedyKind> Kinds => [.. Enum.GetValues<RemedyKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void For_every_remedy_of_the_libraries_the_program_says_what_to_type(RemedyKind kind)
    {
        var e = new NnException(ExitCode.Usage, "that cannot be") { Remedy = new Remedy(kind, "this") };
        Assert.Matches("^that cannot be; .*(--[a-z]|`nn [a-z]+)", Told.Of(e));
        Assert.Matches("^that cannot be; .*(--[a-z]|`nn [a-z]+|:[a-z]+)", Told.Of(e, inSession: true));
    }

    [Fact]
    public void What_has_no_remedy_is_told_as_it_is() => Assert.Equal("that cannot be", Told.Of(new NnException(ExitCode.Usage, "that cannot be")));
}
