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
        public static Project Open(RunOptions options, SourceText? source = null)
        {
            if (options.Project is { } open) return open;
            string? path = options.Model ?? options.Resume;
            Project project = Project.Bind(source ?? Project.Read(options.File), options.Bind, spec =>
                Project.Load(spec, options.File, options.Trained ?? (path is null ? null : Safetensors.Load(path)), path));
            foreach (string warning in project.Warnings) ErrorOutput.Tell(warning.Contains('\n') ? warning : $"nn: {warning}");
            return project;
        }
    }
}
