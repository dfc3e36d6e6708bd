using Nn.Backends;
using Nn.Backends.OpenCl;
using Nn.Files;
using Nn.Graphs;
using Nn.Planning;
using Nn.Tests.Unit.Gpu;

namespace Nn.Tests.Unit.OpenCl;

[Collection(Device.Collection)]
public class FaultTests
{
    private const int AllocationFailure = -4, OutOfResources = -5, OutOfHostMemory = -6, BuildFailure = -11, InvalidQueue = -36, InvalidKernel = -48,
        InvalidWorkGroupSize = -54, DriversOwn = -9999;

    private static readonly Plan s_plan = Accumulation.Of(100);

    // The calls of opening, loading, writing, running, timing and reading, with what each may report and how the program must end.
    public static TheoryData<string, int, ExitCode> Faults => new()
    {
        { "clCreateContext", OutOfHostMemory, ExitCode.OutOfMemory },
        { "clCreateContext", -2, ExitCode.NoDevice },
        { "clCreateCommandQueue", OutOfHostMemory, ExitCode.OutOfMemory },
        { "clCreateBuffer", AllocationFailure, ExitCode.OutOfMemory },
        { "clCreateBuffer", OutOfResources, ExitCode.OutOfMemory },
        { "clEnqueueFillBuffer", AllocationFailure, ExitCode.OutOfMemory },
        { "clCreateProgramWithSource", OutOfHostMemory, ExitCode.OutOfMemory },
        { "clBuildProgram", BuildFailure, ExitCode.Internal },
        { "clBuildProgram", -3, ExitCode.NoDevice },
        { "clGetProgramInfo", OutOfHostMemory, ExitCode.OutOfMemory },
        { "clCreateKernel", InvalidKernel, ExitCode.Internal },
        { "clGetKernelWorkGroupInfo", OutOfResources, ExitCode.OutOfMemory },
        { "clSetKernelArg", -50, ExitCode.Internal },
        { "clEnqueueWriteBuffer", OutOfResources, ExitCode.DeviceLost },
        { "clEnqueueNDRangeKernel", OutOfResources, ExitCode.DeviceLost },
        { "clEnqueueNDRangeKernel", AllocationFailure, ExitCode.OutOfMemory },
        { "clEnqueueNDRangeKernel", InvalidQueue, ExitCode.DeviceLost },
        { "clEnqueueNDRangeKernel", InvalidWorkGroupSize, ExitCode.NoDevice },
        { "clFlush", OutOfResources, ExitCode.DeviceLost },
        { "clWaitForEvents", -14, ExitCode.DeviceLost },
        { "clFinish", DriversOwn, ExitCode.DeviceLost },
        { "clGetEventProfilingInfo", -7, ExitCode.NoDevice },
        { "clGetEventProfilingInfo", OutOfHostMemory, ExitCode.OutOfMemory },
        { "clEnqueueReadBuffer", InvalidQueue, ExitCode.DeviceLost },
    };

    [SkippableTheory]
    [MemberData(nameof(Faults))]
    public void A_call_that_fails_is_a_typed_error_and_leaves_nothing_behind(string call, int code, ExitCode expected)
    {
        int calls = 0;
        Session(Device.Api(c =>
        {
            if (c == call) calls++;
            return 0;
        }));
        Assert.True(calls > 0, $"a session makes no call of {call}");
        // The first, one in the middle, the last; how often a run waits depends on how long it takes.
        int[] places = call is "clFlush" or "clWaitForEvents" ? [1] : [1, (calls + 1) / 2, calls];
        foreach (int failing in places.Distinct())
        {
            int count = 0;
            ClApi api = Device.Api(c => c == call && ++count == failing ? code : 0);
            var e = Assert.Throws<NnException>(() => Session(api));
            Assert.Equal(expected, e.Code);
            Assert.Contains($"{call} failed: {ClErrors.Name(code)} ({code})", e.Message);
            Assert.Equal(0, api.Live);
        }
    }

    [SkippableFact]
    public void Every_call_that_can_fail_is_made_to_fail()
    {
        var calls = new HashSet<string>();
        Session(Device.Api(c =>
        {
            calls.Add(c);
            return 0;
        }));
        Assert.Subset(Faults.Select(f => (string)f[0]).ToHashSet(), calls);
    }

    // What a driver says of the largest group of a kernel is not always so: rusticl says 32 of kernels that it compiled for 256.
    [Theory]
    [InlineData(256, 256, 32, true)]
    [InlineData(256, 256, 256, true)]
    [InlineData(256, 0, 256, true)]
    [InlineData(256, 0, 32, false)]
    [InlineData(256, 128, 128, false)]
    public void A_kernel_that_was_compiled_for_its_group_size_is_tried(int wanted, int compiled, long most, bool tried) =>
        Assert.Equal(tried, LaunchList.MayRun((wanted, 1, 1), (compiled, compiled > 0 ? 1 : 0, compiled > 0 ? 1 : 0), most));

    [SkippableFact]
    public void A_kernel_that_does_not_compile_shows_the_build_log()
    {
        using var folder = new TemporaryFolder();
        ClApi api = Device.Api();
        using (OpenClBackend backend = Device.Open(api, new DiskCache(folder.Path), (_, f) => $"__kernel void {f}() {{ no_such_function(); }}"))
        {
            var e = Assert.Throws<NnException>(() => backend.Load(s_plan));
            Assert.Equal(ExitCode.Internal, e.Code);
            Assert.Contains("CL_BUILD_PROGRAM_FAILURE", e.Message);
            Assert.Contains("no_such_function", e.Message);
        }

        Assert.Equal(0, api.Live);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [SkippableFact]
    public void After_a_fault_other_programs_of_the_backend_run()
    {
        bool fail = false;
        using OpenClBackend backend = Device.Open(Device.Api(c => fail && c == "clCreateBuffer" ? AllocationFailure : 0));
        fail = true;
        Assert.Throws<NnException>(() => backend.Load(s_plan));
        fail = false;
        using IProgram program = backend.Load(s_plan);
        program.Run(s_plan.Entry("step"), 1);
    }

    // All that a training does with a device. The cache is empty, so that kernels are compiled.
    private static void Session(ClApi api)
    {
        using var folder = new TemporaryFolder();
        using OpenClBackend backend = Device.Open(api, new DiskCache(folder.Path));
        using IProgram program = backend.Load(s_plan);
        Device.Write(program, s_plan.Slot("x"), new float[100]);
        program.Run(s_plan.Entry("step"), 4000);
        ((ITimedProgram)program).Time(s_plan.Entry("step"));
        Device.Read(program, s_plan.Slot("out"));
    }
}
