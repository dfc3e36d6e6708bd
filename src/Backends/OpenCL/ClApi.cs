using System.Text;
using Silk.NET.OpenCL;
using ClDeviceInfo = Silk.NET.OpenCL.DeviceInfo;

namespace Nn.Backends.OpenCl;

/// <summary>
/// The OpenCL calls in use, with errors as exceptions. It counts the objects that it made, and can be told to let a call fail, so that tests see
/// what becomes of them.
/// </summary>
internal sealed unsafe class ClApi(CL cl)
{
    /// <summary>Asked before a call that can fail, by its entry point: the error to report in place of the call, 0 to let it happen.</summary>
    public Func<string, int>? Fault { get; init; }

    /// <summary>Objects made and not yet released.</summary>
    public int Live { get; private set; }

    public nint[] Platforms()
    {
        uint count = 0;
        Check("clGetPlatformIDs", Fails("clGetPlatformIDs", out int e) ? e : cl.GetPlatformIDs(0, null, &count));
        var platforms = new nint[count];
        fixed (nint* p = platforms) Check("clGetPlatformIDs", count == 0 ? 0 : cl.GetPlatformIDs(count, p, null));
        return platforms;
    }

    public nint[] Devices(nint platform)
    {
        uint count = 0;
        int error = Fails("clGetDeviceIDs", out int e) ? e : cl.GetDeviceIDs(platform, DeviceType.All, 0, null, &count);
        if (error == (int)ErrorCodes.DeviceNotFound) return [];
        Check("clGetDeviceIDs", error);
        var devices = new nint[count];
        fixed (nint* p = devices) Check("clGetDeviceIDs", count == 0 ? 0 : cl.GetDeviceIDs(platform, DeviceType.All, count, p, null));
        return devices;
    }

    public string PlatformText(nint platform, PlatformInfo name)
    {
        nuint bytes = 0;
        Check("clGetPlatformInfo", Fails("clGetPlatformInfo", out int e) ? e : cl.GetPlatformInfo(platform, name, 0, null, &bytes));
        var text = new byte[bytes];
        fixed (byte* p = text) Check("clGetPlatformInfo", cl.GetPlatformInfo(platform, name, bytes, p, null));
        return Text(text);
    }

    public string DeviceText(nint device, ClDeviceInfo name)
    {
        nuint bytes = 0;
        Check("clGetDeviceInfo", Fails("clGetDeviceInfo", out int e) ? e : cl.GetDeviceInfo(device, name, 0, null, &bytes));
        var text = new byte[bytes];
        fixed (byte* p = text) Check("clGetDeviceInfo", cl.GetDeviceInfo(device, name, bytes, p, null));
        return Text(text);
    }

    /// <summary>A property that is one number; <typeparamref name="T"/> has the size that the specification gives it.</summary>
    public T DeviceNumber<T>(nint device, ClDeviceInfo name)
        where T : unmanaged
    {
        T value = default;
        Check("clGetDeviceInfo", Fails("clGetDeviceInfo", out int e) ? e : cl.GetDeviceInfo(device, name, (nuint)sizeof(T), &value, null));
        return value;
    }

    public nint CreateContext(nint device)
    {
        bool fails = Fails("clCreateContext", out int error);
        return Made("clCreateContext", fails ? 0 : cl.CreateContext(null, 1, &device, null, null, &error), error);
    }

    /// <summary>An in-order queue; with <paramref name="timed"/>, its events know when their commands ran.</summary>
    public nint CreateQueue(nint context, nint device, bool timed = false)
    {
        bool fails = Fails("clCreateCommandQueue", out int error);
        CommandQueueProperties properties = timed ? CommandQueueProperties.ProfilingEnable : CommandQueueProperties.None;
        return Made("clCreateCommandQueue", fails ? 0 : cl.CreateCommandQueue(context, device, properties, &error), error);
    }

    /// <summary>How long the command of an event ran on the device; it must be over.</summary>
    public double Seconds(nint done)
    {
        ulong start = 0, end = 0;
        Check("clGetEventProfilingInfo", Fails("clGetEventProfilingInfo", out int e)
            ? e
            : cl.GetEventProfilingInfo(done, ProfilingInfo.Start, sizeof(ulong), &start, null));
        Check("clGetEventProfilingInfo", cl.GetEventProfilingInfo(done, ProfilingInfo.End, sizeof(ulong), &end, null));
        return (end - start) * 1e-9;
    }

    public nint CreateBuffer(nint context, long bytes, string what)
    {
        bool fails = Fails("clCreateBuffer", out int error);
        return Made(
            "clCreateBuffer", fails ? 0 : cl.CreateBuffer(context, MemFlags.ReadWrite, (nuint)bytes, null, &error), error, $"{bytes:N0} bytes for {what}");
    }

    public nint CreateProgram(nint context, string source)
    {
        bool fails = Fails("clCreateProgramWithSource", out int error);
        byte[] text = Encoding.UTF8.GetBytes(source);
        var length = (nuint)text.Length;
        fixed (byte* p = text)
        {
            byte* start = p;
            return Made("clCreateProgramWithSource", fails ? 0 : cl.CreateProgramWithSource(context, 1, &start, &length, &error), error);
        }
    }

    public nint CreateProgram(nint context, nint device, byte[] binary)
    {
        bool fails = Fails("clCreateProgramWithBinary", out int error);
        int status = 0;
        var length = (nuint)binary.Length;
        fixed (byte* p = binary)
        {
            byte* start = p;
            return Made("clCreateProgramWithBinary", fails ? 0 : cl.CreateProgramWithBinary(context, 1, &device, &length, &start, &status, &error), error);
        }
    }

    /// <summary>Compiles and links; <paramref name="what"/> and the build log are part of the failure.</summary>
    public void Build(nint program, nint device, string options, string what)
    {
        bool fails = Fails("clBuildProgram", out int error);
        byte[] text = Encoding.UTF8.GetBytes(options + '\0');
        fixed (byte* p = text)
        {
            if (!fails) error = cl.BuildProgram(program, 1, &device, p, null, null);
        }

        if (error != 0) throw ClErrors.Failure("clBuildProgram", error, $"{what}\n{BuildLog(program, device)}");
    }

    public byte[] Binary(nint program)
    {
        nuint bytes = 0;
        Check("clGetProgramInfo", Fails("clGetProgramInfo", out int e)
            ? e
            : cl.GetProgramInfo(program, ProgramInfo.BinarySizes, (nuint)sizeof(nuint), &bytes, null));
        var binary = new byte[bytes];
        fixed (byte* p = binary)
        {
            byte* start = p;
            Check("clGetProgramInfo", cl.GetProgramInfo(program, ProgramInfo.Binaries, (nuint)sizeof(byte*), &start, null));
        }

        return binary;
    }

    public nint CreateKernel(nint program, string name)
    {
        bool fails = Fails("clCreateKernel", out int error);
        byte[] text = Encoding.UTF8.GetBytes(name + '\0');
        fixed (byte* p = text) return Made("clCreateKernel", fails ? 0 : cl.CreateKernel(program, p, &error), error, name);
    }

    /// <summary>The most invocations that a group of the kernel can have.</summary>
    public long MaxGroupSize(nint kernel, nint device)
    {
        nuint size = 0;
        Check(
            "clGetKernelWorkGroupInfo",
            Fails("clGetKernelWorkGroupInfo", out int e)
                ? e
                : cl.GetKernelWorkGroupInfo(kernel, device, KernelWorkGroupInfo.WorkGroupSize, (nuint)sizeof(nuint), &size, null));
        return (long)size;
    }

    /// <summary>The size of groups that the kernel was compiled for by its <c>reqd_work_group_size</c>; zeros where it has none.</summary>
    public (long X, long Y, long Z) CompiledGroupSize(nint kernel, nint device)
    {
        nuint* size = stackalloc nuint[3];
        Check(
            "clGetKernelWorkGroupInfo",
            Fails("clGetKernelWorkGroupInfo", out int e)
                ? e
                : cl.GetKernelWorkGroupInfo(kernel, device, KernelWorkGroupInfo.CompileWorkGroupSize, (nuint)(3 * sizeof(nuint)), size, null));
        return ((long)size[0], (long)size[1], (long)size[2]);
    }

    public void SetArgument<T>(nint kernel, int index, T value)
        where T : unmanaged =>
        Check("clSetKernelArg", Fails("clSetKernelArg", out int e) ? e : cl.SetKernelArg(kernel, (uint)index, (nuint)sizeof(T), &value));

    /// <summary>Launches over three axes; the event of its end is to be released by the caller.</summary>
    public void Launch(nint queue, nint kernel, nuint* globalSize, nuint* localSize, nint* done)
    {
        Check("clEnqueueNDRangeKernel", Fails("clEnqueueNDRangeKernel", out int e)
            ? e
            : cl.EnqueueNdrangeKernel(queue, kernel, 3, null, globalSize, localSize, 0, null, done));
        if (done is not null) Live++;
    }

    /// <summary>Copies to the host and waits for it.</summary>
    public void Read(nint queue, nint buffer, long offset, Span<byte> bytes)
    {
        fixed (byte* p = bytes)
            Check("clEnqueueReadBuffer", Fails("clEnqueueReadBuffer", out int e)
                ? e
                : cl.EnqueueReadBuffer(queue, buffer, true, (nuint)offset, (nuint)bytes.Length, p, 0, null, null));
    }

    /// <summary>Copies from the host and waits for it.</summary>
    public void Write(nint queue, nint buffer, long offset, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* p = bytes)
            Check("clEnqueueWriteBuffer", Fails("clEnqueueWriteBuffer", out int e)
                ? e
                : cl.EnqueueWriteBuffer(queue, buffer, true, (nuint)offset, (nuint)bytes.Length, p, 0, null, null));
    }

    /// <summary>Fills a buffer; <paramref name="bytes"/> is a multiple of four.</summary>
    public void Fill(nint queue, nint buffer, uint pattern, long bytes) =>
        Check("clEnqueueFillBuffer", Fails("clEnqueueFillBuffer", out int e)
            ? e
            : cl.EnqueueFillBuffer(queue, buffer, &pattern, sizeof(uint), 0, (nuint)bytes, 0, null, null));

    public void Flush(nint queue) => Check("clFlush", Fails("clFlush", out int e) ? e : cl.Flush(queue));

    public void Finish(nint queue) => Check("clFinish", Fails("clFinish", out int e) ? e : cl.Finish(queue));

    public void Wait(nint done) => Check("clWaitForEvents", Fails("clWaitForEvents", out int e) ? e : cl.WaitForEvents(1, &done));

    public void ReleaseContext(nint context) => Released(cl.ReleaseContext(context));

    public void ReleaseQueue(nint queue) => Released(cl.ReleaseCommandQueue(queue));

    public void ReleaseBuffer(nint buffer) => Released(cl.ReleaseMemObject(buffer));

    public void ReleaseProgram(nint program) => Released(cl.ReleaseProgram(program));

    public void ReleaseKernel(nint kernel) => Released(cl.ReleaseKernel(kernel));

    public void ReleaseEvent(nint done) => Released(cl.ReleaseEvent(done));

    private static string Text(byte[] zeroTerminated) => Encoding.UTF8.GetString(zeroTerminated).TrimEnd('\0').Trim();

    private static void Check(string api, int error)
    {
        if (error != 0) throw ClErrors.Failure(api, error);
    }

    private bool Fails(string api, out int error)
    {
        error = Fault is null ? 0 : Fault(api);
        return error != 0;
    }

    private nint Made(string api, nint handle, int error, string detail = "")
    {
        if (error != 0) throw ClErrors.Failure(api, error, detail);
        Live++;
        return handle;
    }

    // A lost device may refuse; there is nothing left to do about it.
    private void Released(int error) => Live -= error == 0 ? 1 : 0;

    private string BuildLog(nint program, nint device)
    {
        nuint bytes = 0;
        if (cl.GetProgramBuildInfo(program, device, ProgramBuildInfo.BuildLog, 0, null, &bytes) != 0) return "";
        var log = new byte[bytes];
        fixed (byte* p = log) return cl.GetProgramBuildInfo(program, device, ProgramBuildInfo.BuildLog, bytes, p, null) == 0 ? Text(log) : "";
    }
}
