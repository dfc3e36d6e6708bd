using Nn.Files;

namespace Nn.Repl.Session;

/// <summary>
/// Where the REPL keeps its history and what was not saved: <c>NN_STATE</c>, else <c>nn</c> in the folder that the system has for state
/// (<c>XDG_STATE_HOME</c> or ~/.local/state, ~/Library/Application Support, %LOCALAPPDATA%).
/// </summary>
internal static class StateFolder
{
    /// <summary>The folder itself; it may be missing.</summary>
    public static string Path
    {
        get
        {
            if (Environment.GetEnvironmentVariable("NN_STATE") is { Length: > 0 } own) return own;
            if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state)
                return System.IO.Path.Combine(state, "nn");
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            string folder = OperatingSystem.IsLinux() ? System.IO.Path.Combine(home, ".local", "state")
                : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            return System.IO.Path.Combine(folder, "nn");
        }
    }

    /// <summary>The path of a file in it.</summary>
    public static string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The path of a file in it that others write: the folder is there, if it can be.</summary>
    public static string Made(string name)
    {
        try
        {
            // What was typed is nobody else's business; shells keep their histories like that.
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Path);
            else Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Who writes the file will say so.
        }

        return File(name);
    }

    /// <summary>Writes a file; a folder that cannot be written costs nothing but the file.</summary>
    /// <returns>Whether it was written.</returns>
    public static bool TryWrite(string name, Action<Stream> write)
    {
        try
        {
            AtomicFile.Write(Made(name), write, ownerOnly: true);
            return true;
        }
        catch (NnException)
        {
            return false;
        }
    }

    /// <summary>The lines of a file, none where it cannot be read.</summary>
    public static string[] ReadLines(string name)
    {
        try
        {
            return System.IO.File.Exists(File(name)) ? System.IO.File.ReadAllLines(File(name)) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Deletes a file if it is there.</summary>
    public static void Delete(string name)
    {
        try
        {
            System.IO.File.Delete(File(name));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It will be offered once more.
        }
    }
}
