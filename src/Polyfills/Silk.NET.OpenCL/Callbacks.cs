namespace Silk.NET.OpenCL;

/// <summary>Told of errors in a context.</summary>
public unsafe delegate void NotifyCallback(byte* errinfo, void* privateInfo, nuint cb, void* userData);

/// <summary>Told when an object is ready.</summary>
public unsafe delegate void ObjectNotifyCallback(nint obj, void* userData);
