using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Nn.Files;

/// <summary>What Unix knows of files and .NET does not tell.</summary>
internal static partial class UnixFile
{
    private const int CurrentFolder = -100, TypeWanted = 1, StatxBytes = 256, ModeOffset = 28;
    private const int TypeMask = 0xf000, Regular = 0x8000, Folder = 0x4000;

    /// <summary>Whether a path leads to something that is neither a file nor a folder: a device, a pipe, a socket. Links are followed.</summary>
    public static bool IsSpecial(string path)
    {
        if (OperatingSystem.IsWindows() || !Path.Exists(path)) return false;
        // Other systems lay the answer of stat out in their own ways; their devices lie in one folder all the same.
        if (!OperatingSystem.IsLinux()) return path.StartsWith("/dev/", StringComparison.Ordinal);
        Span<byte> answer = stackalloc byte[StatxBytes];
        if (Statx(CurrentFolder, path, 0, TypeWanted, ref MemoryMarshal.GetReference(answer)) != 0) return false;
        return (BinaryPrimitives.ReadUInt16LittleEndian(answer[ModeOffset..]) & TypeMask) is not (Regular or Folder);
    }

    /// <summary>
    /// Brings the names in a folder to the disk: .NET has no handle for folders, and without this call a crash may lose a renaming. Windows needs none.
    /// </summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        int handle = Open(folder, 0);
        if (handle < 0) return;
        _ = FSync(handle);
        _ = Close(handle);
    }

    // struct statx of linux/stat.h: the same bytes on every architecture; stx_mode is a u16 at 28.
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte answer);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FSync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
