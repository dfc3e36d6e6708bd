using Nn.Dsl;
using Nn.Files;
using Nn.Training;

namespace Nn.Repl;

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
            foreach (Diagnostic warning in project.Script.Warnings) ErrorOutput.Tell(warning.ToString());
            IEnumerable<string> warnings = project.Data?.Warnings ?? [];
            if (project is { Data: { } data, Script.Training: { } training }) warnings = warnings.Concat(MetricRules.Unknown(training, data));
            foreach (string warning in warnings) ErrorOutput.Tell($"nn: warning: {warning}");
            return project;
        }
    }
}
