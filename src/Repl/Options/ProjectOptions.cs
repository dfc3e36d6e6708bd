using Nn.Dsl;
using Nn.Files;
using Nn.Repl.Terminal;

namespace Nn.Repl.Options;

/// <summary>Projects as the command line names them.</summary>
internal static class ProjectOptions
{
    extension(Project)
    {
        /// <summary>Reads, unless the text is given, binds and loads; script mistakes end here.</summary>
        public static Project Open(RunOptions options, SourceText? source = null, bool tells = true)
        {
            if (options.Project is { } open) return open;
            string? path = options.Model ?? options.Resume;
            SourceText script = source ?? Project.Read(options.File);
            // Before the script is bound: what is wrong with this file is no mistake of the script's data.
            Safetensors? trained = options.Trained ?? (path is null ? null : Safetensors.Load(path));
            Project project = Project.Bind(script, options.Bind, spec => Project.Load(spec, options.File, trained, path));
            if (!tells) return project;
            foreach (string warning in project.Warnings) ErrorOutput.Tell(warning.Contains('\n') ? warning : $"nn: {warning}");
            return project;
        }
    }
}
