using Nn.Backends.Cpu;
using Nn.Backends.Cpu.Kernels;

namespace Nn.Tests.Unit.Cpu;

public sealed class WorkersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_worker_runs_once_a_run_and_barriers_hold_them_together(int count)
    {
        using var team = new Workers(count);
        var body = new Rounds(count);
        for (int run = 0; run < 200; run++)
        {
            // Now and then the workers have gone to sleep.
            if (run % 50 == 49) Thread.Sleep(5);
            team.Run(body);
        }
        Assert.Equal(0, body.Mistakes);
        Assert.All(body.Runs, runs => Assert.Equal(200, runs));
    }

    [Fact]
    public void A_run_allocates_nothing()
    {
        using var team = new Workers(2);
        var body = new Rounds(2);
        team.Run(body);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int run = 0; run < 50; run++) team.Run(body);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void An_exception_of_one_worker_reaches_the_caller_and_the_team_lives_on(int failing)
    {
        using var team = new Workers(3);
        var thrown = Assert.Throws<ArithmeticException>(() => team.Run(new Failing(failing)));
        Assert.Equal($"worker {failing}", thrown.Message);
        var body = new Rounds(3);
        team.Run(body);
        Assert.Equal(0, body.Mistakes);
    }

    [Fact]
    public void A_run_inside_a_run_is_refused()
    {
        using var team = new Workers(2);
        Assert.Throws<InvalidOperationException>(() => team.Run(new Nested()));
    }

    [Fact]
    public void A_team_that_was_ended_runs_nothing()
    {
        var team = new Workers(2);
        team.Dispose();
        Assert.Throws<ObjectDisposedException>(() => team.Run(new Rounds(2)));
    }

    private sealed class Rounds(int count) : ISpmdBody
    {
        private readonly int[] _round = new int[count];

        public int[] Runs { get; } = new int[count];

        public int Mistakes;

        public void Run(Workers team, int worker)
        {
            Runs[worker]++;
            for (int round = 1; round <= 10; round++)
            {
                Volatile.Write(ref _round[worker], round);
                team.Barrier();
                for (int other = 0; other < count; other++)
                    if (Volatile.Read(ref _round[other]) != round) Interlocked.Increment(ref Mistakes);
                team.Barrier();
            }
        }
    }

    private sealed class Failing(int failing) : ISpmdBody
    {
        public void Run(Workers team, int worker)
        {
            team.Barrier();
            if (worker == failing) throw new ArithmeticException($"worker {worker}");
            team.Barrier();
        }
    }

    private sealed class Nested : ISpmdBody
    {
        public void Run(Workers team, int worker)
        {
            if (worker == 0) team.Run(this);
        }
    }
}
