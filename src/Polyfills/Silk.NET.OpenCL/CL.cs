using Silk.NET.Core.Contexts;
using Silk.NET.Core.Native;

namespace Silk.NET.OpenCL;

/// <summary>
/// OpenCL: one method an entry point, named and typed as in the OpenCL specification without <c>cl</c>. Methods return an <see cref="ErrorCodes"/> as a
/// number or write it to their last argument.
/// </summary>
public unsafe partial class CL : NativeAPI
{
    // Marshalled by hand: what the driver gets stays alive until the next such call, as in the package.
    private NotifyCallback? _notify;
    private ObjectNotifyCallback? _objectNotify;

    private nint _getPlatformIDs, _getPlatformInfo, _getDeviceIDs, _getDeviceInfo, _createContext, _releaseContext, _createCommandQueue,
        _releaseCommandQueue, _createBuffer, _releaseMemObject, _createProgramWithSource, _createProgramWithBinary, _buildProgram,
        _getProgramInfo, _getProgramBuildInfo, _releaseProgram, _createKernel, _setKernelArg, _getKernelWorkGroupInfo, _releaseKernel,
        _enqueueNdrangeKernel, _enqueueReadBuffer, _enqueueWriteBuffer, _enqueueFillBuffer, _flush, _finish, _waitForEvents, _releaseEvent, _getEventProfilingInfo;

    /// <summary>OpenCL by entry points from <paramref name="ctx"/>.</summary>
    public CL(INativeContext ctx)
        : base(ctx)
    {
    }

    /// <summary>OpenCL by the system's loader.</summary>
    /// <exception cref="FileNotFoundException">The system has none.</exception>
    public static CL GetApi() => new(new DefaultNativeContext(
        OperatingSystem.IsWindows() ? ["OpenCL.dll"]
        : OperatingSystem.IsMacOS() ? ["/System/Library/Frameworks/OpenCL.framework/OpenCL"]
        : ["libOpenCL.so.1", "libOpenCL.so"]));

    /// <summary>Platforms: one for each installed driver.</summary>
    public int GetPlatformIDs(uint num_entries, nint* platforms, uint* num_platforms) =>
        ((delegate* unmanaged<uint, nint*, uint*, int>)Load(ref _getPlatformIDs, "clGetPlatformIDs"))(num_entries, platforms, num_platforms);

    /// <summary>A property of a platform.</summary>
    public int GetPlatformInfo(nint platform, PlatformInfo param_name, nuint param_value_size, void* param_value, nuint* param_value_size_ret) =>
        ((delegate* unmanaged<nint, PlatformInfo, nuint, void*, nuint*, int>)Load(ref _getPlatformInfo, "clGetPlatformInfo"))(platform, param_name, param_value_size, param_value, param_value_size_ret);

    /// <summary>Devices of a platform.</summary>
    public int GetDeviceIDs(nint platform, DeviceType device_type, uint num_entries, nint* devices, uint* num_devices) =>
        ((delegate* unmanaged<nint, DeviceType, uint, nint*, uint*, int>)Load(ref _getDeviceIDs, "clGetDeviceIDs"))(platform, device_type, num_entries, devices, num_devices);

    /// <summary>A property of a device.</summary>
    public int GetDeviceInfo(nint device, DeviceInfo param_name, nuint param_value_size, void* param_value, nuint* param_value_size_ret) =>
        ((delegate* unmanaged<nint, DeviceInfo, nuint, void*, nuint*, int>)Load(ref _getDeviceInfo, "clGetDeviceInfo"))(device, param_name, param_value_size, param_value, param_value_size_ret);

    /// <summary>What devices of a platform share: memory, programs.</summary>
    public nint CreateContext(nint* properties, uint num_devices, nint* devices, NotifyCallback? pfn_notify, void* user_data, int* errcode_ret)
    {
        _notify = pfn_notify;
        return ((delegate* unmanaged<nint*, uint, nint*, nint, void*, int*, nint>)Load(ref _createContext, "clCreateContext"))(
            properties, num_devices, devices, Pointer(pfn_notify), user_data, errcode_ret);
    }

    /// <summary>Drops a reference to a context.</summary>
    public int ReleaseContext(nint context) =>
        ((delegate* unmanaged<nint, int>)Load(ref _releaseContext, "clReleaseContext"))(context);

    /// <summary>A queue of commands to a device.</summary>
    public nint CreateCommandQueue(nint context, nint device, CommandQueueProperties properties, int* errcode_ret) =>
        ((delegate* unmanaged<nint, nint, CommandQueueProperties, int*, nint>)Load(ref _createCommandQueue, "clCreateCommandQueue"))(context, device, properties, errcode_ret);

    /// <summary>Drops a reference to a queue.</summary>
    public int ReleaseCommandQueue(nint command_queue) =>
        ((delegate* unmanaged<nint, int>)Load(ref _releaseCommandQueue, "clReleaseCommandQueue"))(command_queue);

    /// <summary>Memory of a context's devices.</summary>
    public nint CreateBuffer(nint context, MemFlags flags, nuint size, void* host_ptr, int* errcode_ret) =>
        ((delegate* unmanaged<nint, MemFlags, nuint, void*, int*, nint>)Load(ref _createBuffer, "clCreateBuffer"))(context, flags, size, host_ptr, errcode_ret);

    /// <summary>Drops a reference to memory.</summary>
    public int ReleaseMemObject(nint memobj) =>
        ((delegate* unmanaged<nint, int>)Load(ref _releaseMemObject, "clReleaseMemObject"))(memobj);

    /// <summary>A program from OpenCL C.</summary>
    public nint CreateProgramWithSource(nint context, uint count, byte** strings, nuint* lengths, int* errcode_ret) =>
        ((delegate* unmanaged<nint, uint, byte**, nuint*, int*, nint>)Load(ref _createProgramWithSource, "clCreateProgramWithSource"))(context, count, strings, lengths, errcode_ret);

    /// <summary>A program from what <see cref="GetProgramInfo"/> gave once.</summary>
    public nint CreateProgramWithBinary(nint context, uint num_devices, nint* device_list, nuint* lengths, byte** binaries, int* binary_status, int* errcode_ret) =>
        ((delegate* unmanaged<nint, uint, nint*, nuint*, byte**, int*, int*, nint>)Load(ref _createProgramWithBinary, "clCreateProgramWithBinary"))(context, num_devices, device_list, lengths, binaries, binary_status, errcode_ret);

    /// <summary>Compiles and links a program for devices.</summary>
    public int BuildProgram(nint program, uint num_devices, nint* device_list, byte* options, ObjectNotifyCallback? pfn_notify, void* user_data)
    {
        _objectNotify = pfn_notify;
        return ((delegate* unmanaged<nint, uint, nint*, byte*, nint, void*, int>)Load(ref _buildProgram, "clBuildProgram"))(
            program, num_devices, device_list, options, Pointer(pfn_notify), user_data);
    }

    /// <summary>A property of a program.</summary>
    public int GetProgramInfo(nint program, ProgramInfo param_name, nuint param_value_size, void* param_value, nuint* param_value_size_ret) =>
        ((delegate* unmanaged<nint, ProgramInfo, nuint, void*, nuint*, int>)Load(ref _getProgramInfo, "clGetProgramInfo"))(program, param_name, param_value_size, param_value, param_value_size_ret);

    /// <summary>How building went.</summary>
    public int GetProgramBuildInfo(nint program, nint device, ProgramBuildInfo param_name, nuint param_value_size, void* param_value, nuint* param_value_size_ret) =>
        ((delegate* unmanaged<nint, nint, ProgramBuildInfo, nuint, void*, nuint*, int>)Load(ref _getProgramBuildInfo, "clGetProgramBuildInfo"))(program, device, param_name, param_value_size, param_value, param_value_size_ret);

    /// <summary>Drops a reference to a program.</summary>
    public int ReleaseProgram(nint program) =>
        ((delegate* unmanaged<nint, int>)Load(ref _releaseProgram, "clReleaseProgram"))(program);

    /// <summary>A kernel of a built program, with arguments of its own.</summary>
    public nint CreateKernel(nint program, byte* kernel_name, int* errcode_ret) =>
        ((delegate* unmanaged<nint, byte*, int*, nint>)Load(ref _createKernel, "clCreateKernel"))(program, kernel_name, errcode_ret);

    /// <summary>Sets an argument of a kernel for all its later launches.</summary>
    public int SetKernelArg(nint kernel, uint arg_index, nuint arg_size, void* arg_value) =>
        ((delegate* unmanaged<nint, uint, nuint, void*, int>)Load(ref _setKernelArg, "clSetKernelArg"))(kernel, arg_index, arg_size, arg_value);

    /// <summary>A property of a kernel on a device.</summary>
    public int GetKernelWorkGroupInfo(nint kernel, nint device, KernelWorkGroupInfo param_name, nuint param_value_size, void* param_value, nuint* param_value_size_ret) =>
        ((delegate* unmanaged<nint, nint, KernelWorkGroupInfo, nuint, void*, nuint*, int>)Load(ref _getKernelWorkGroupInfo, "clGetKernelWorkGroupInfo"))(kernel, device, param_name, param_value_size, param_value, param_value_size_ret);

    /// <summary>Drops a reference to a kernel.</summary>
    public int ReleaseKernel(nint kernel) =>
        ((delegate* unmanaged<nint, int>)Load(ref _releaseKernel, "clReleaseKernel"))(kernel);

    /// <summary>Launches a kernel.</summary>
    public int EnqueueNdrangeKernel(nint command_queue, nint kernel, uint work_dim, nuint* global_work_offset, nuint* global_work_size, nuint* local_work_size, uint num_events_in_wait_list, nint* event_wait_list, nint* @event) =>
        ((delegate* unmanaged<nint, nint, uint, nuint*, nuint*, nuint*, uint, nint*, nint*, int>)Load(ref _enqueueNdrangeKernel, "clEnqueueNDRangeKernel"))(command_queue, kernel, work_dim, global_work_offset, global_work_size, local_work_size, num_events_in_wait_list, event_wait_list, @event);

    /// <summary>Copies memory to the host.</summary>
    public int EnqueueReadBuffer(nint command_queue, nint buffer, bool blocking_read, nuint offset, nuint size, void* ptr, uint num_events_in_wait_list, nint* event_wait_list, nint* @event) =>
        ((delegate* unmanaged<nint, nint, uint, nuint, nuint, void*, uint, nint*, nint*, int>)Load(ref _enqueueReadBuffer, "clEnqueueReadBuffer"))(command_queue, buffer, blocking_read ? 1u : 0u, offset, size, ptr, num_events_in_wait_list, event_wait_list, @event);

    /// <summary>Copies memory from the host.</summary>
    public int EnqueueWriteBuffer(nint command_queue, nint buffer, bool blocking_write, nuint offset, nuint size, void* ptr, uint num_events_in_wait_list, nint* event_wait_list, nint* @event) =>
        ((delegate* unmanaged<nint, nint, uint, nuint, nuint, void*, uint, nint*, nint*, int>)Load(ref _enqueueWriteBuffer, "clEnqueueWriteBuffer"))(command_queue, buffer, blocking_write ? 1u : 0u, offset, size, ptr, num_events_in_wait_list, event_wait_list, @event);

    /// <summary>Fills memory with a pattern.</summary>
    public int EnqueueFillBuffer(nint command_queue, nint buffer, void* pattern, nuint pattern_size, nuint offset, nuint size, uint num_events_in_wait_list, nint* event_wait_list, nint* @event) =>
        ((delegate* unmanaged<nint, nint, void*, nuint, nuint, nuint, uint, nint*, nint*, int>)Load(ref _enqueueFillBuffer, "clEnqueueFillBuffer"))(command_queue, buffer, pattern, pattern_size, offset, size, num_events_in_wait_list, event_wait_list, @event);

    /// <summary>Hands everything enqueued to the device.</summary>
    public int Flush(nint command_queue) =>
        ((delegate* unmanaged<nint, int>)Load(ref _flush, "clFlush"))(command_queue);

    /// <summary>Returns when everything enqueued is done.</summary>
    public int Finish(nint command_queue) =>
        ((delegate* unmanaged<nint, int>)Load(ref _finish, "clFinish"))(command_queue);

    /// <summary>Returns when all events have come.</summary>
    public int WaitForEvents(uint num_events, nint* event_list) =>
        ((delegate* unmanaged<uint, nint*, int>)Load(ref _waitForEvents, "clWaitForEvents"))(num_events, event_list);

    /// <summary>Drops a reference to an event.</summary>
    public int ReleaseEvent(nint @event) =>
        ((delegate* unmanaged<nint, int>)Load(ref _releaseEvent, "clReleaseEvent"))(@event);

    /// <summary>When a command of a queue with profiling was where.</summary>
    public int GetEventProfilingInfo(nint @event, ProfilingInfo param_name, nuint param_value_size, void* param_value, nuint* param_value_size_ret) =>
        ((delegate* unmanaged<nint, ProfilingInfo, nuint, void*, nuint*, int>)Load(ref _getEventProfilingInfo, "clGetEventProfilingInfo"))(@event, param_name, param_value_size, param_value, param_value_size_ret);

    private static nint Pointer(Delegate? callback) => callback is null ? 0 : System.Runtime.InteropServices.Marshal.GetFunctionPointerForDelegate(callback);
}
