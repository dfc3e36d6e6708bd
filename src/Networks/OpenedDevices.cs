using Nn.Backends;

namespace Nn.Networks;

/// <summary>Every device that is opened goes through here, so that a test sees whether it is closed, too.</summary>
internal static class OpenedDevices
{
    private static readonly AsyncLocal<Func<IBackend, IBackend>?> Around = new();

    /// <summary>Puts something around every device that is opened from here on in this flow of control; null: nothing.</summary>
    public static void Watch(Func<IBackend, IBackend>? around) => Around.Value = around;

    /// <summary>A device that has just been opened.</summary>
    public static IBackend New(IBackend opened) => Later(opened);

    /// <summary>As <see cref="New"/> is in this flow of control, for devices that are opened in another.</summary>
    public static Func<IBackend, IBackend> Later => Around.Value ?? (opened => opened);
}
