namespace Nn.Repl.Commands;

/// <summary>What is said where a command was given no trained model.</summary>
internal static class ModelNeeded
{
    /// <summary>For a script how to train it; for a checkpoint, that it comes after its script.</summary>
    public static string By(string command, string file) => Path.GetExtension(file) == ".nn" || !File.Exists(file)
        ? $"nn {command} needs a trained model: nn train {file} --save model.safetensors, then nn {command} {file} --model model.safetensors"
        : $"nn {command} takes the script first, then the model: nn {command} script.nn --model {file}";
}
